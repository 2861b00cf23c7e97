"""The installation's first step: database, roles, certificate authority and keys."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

from qvdc_lab.control_plane.services import SERVICES, secrets_folder
from qvdc_lab.errors import LabError
from qvdc_lab.lab import Lab
from qvdc_lab.shell import CommandFailed, run

INSTALLING = timedelta(minutes=2)


def install(lab: Lab) -> None:
    """Run qvdc-install: a schema and a role for each service, certificates, keys.

    Done once for the data there is; a repeat returns at once.

    Raises:
        LabError: it refused; with what it said.
    """
    done = lab.run_folder / "data/installed"
    if done.exists():
        return
    folder = secrets_folder(lab)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    program = Path(sys.executable).with_name("qvdc-install")
    reachable = f"{lab.names.gateway},127.0.0.1,localhost"
    options = ["--out", str(folder), "--services", ",".join(SERVICES), "--san", reachable]
    environment = {**os.environ, "QVDC_DATABASE_ADMIN_URL": lab.postgres.url()}
    try:
        run([str(program), *options], environment=environment, within=INSTALLING)
    except CommandFailed as error:
        raise LabError("The installation of the control plane failed", error.why) from error
    done.touch()
