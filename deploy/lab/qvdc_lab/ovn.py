"""OVN's central: both databases and northd, on the control plane's management address."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from qvdc_lab.errors import LabError
from qvdc_lab.names import Names
from qvdc_lab.shell import run, wait_for
from qvdc_lab.supervise import Daemon, must_live, start

NORTHBOUND_PORT = 6641
SOUTHBOUND_PORT = 6642
STARTING = timedelta(seconds=30)
SCHEMAS = Path("/usr/share/ovn")


@dataclass(frozen=True, slots=True)
class OvnCentral:
    """The central of one lab; `folder` keeps its databases, `run_folder` pid files and logs."""

    names: Names
    folder: Path
    run_folder: Path

    @property
    def northbound(self) -> str:
        """Where the network service connects."""
        return f"tcp:{self.names.gateway}:{NORTHBOUND_PORT}"

    @property
    def southbound(self) -> str:
        """Where the hosts' controllers connect."""
        return f"tcp:{self.names.gateway}:{SOUTHBOUND_PORT}"

    def up(self) -> bool:
        """Start the databases and northd; return whether any was not running.

        Raises:
            LabError: a database does not listen in time.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sockets.mkdir(parents=True, exist_ok=True)
        started = [
            self._start_database("nb", "OVN_Northbound", NORTHBOUND_PORT),
            self._start_database("sb", "OVN_Southbound", SOUTHBOUND_PORT),
            start(self._northd()),
        ]
        return any(started)

    def _start_database(self, short: str, schema: str, port: int) -> bool:
        file = self.folder / f"ovn{short}_db.db"
        if not file.exists():
            run(["ovsdb-tool", "create", str(file), str(SCHEMAS / f"ovn-{short}.ovsschema")])
        listening = [
            f"--remote=punix:{self._socket(short)}",
            f"--remote=ptcp:{port}:{self.names.gateway}",
        ]
        control = f"--unixctl={self._sockets}/ovn{short}_db.ctl"
        daemon = Daemon(
            name=f"ovn-{short}",
            command=["ovsdb-server", *listening, control, str(file)],
            folder=self.run_folder,
            environment=self._environment(),
        )
        started = start(daemon)

        def listens() -> bool:
            must_live(daemon, f"The {schema} database")
            with socket.socket() as probe:
                return probe.connect_ex((str(self.names.gateway), port)) == 0

        wait_for(
            listens,
            within=STARTING,
            otherwise=lambda: LabError(f"{schema} does not listen", log=daemon.log),
        )
        return started

    def _northd(self) -> Daemon:
        return Daemon(
            name="ovn-northd",
            command=[
                "ovn-northd",
                f"--ovnnb-db=unix:{self._socket('nb')}",
                f"--ovnsb-db=unix:{self._socket('sb')}",
                f"--unixctl={self._sockets}/northd.ctl",
            ],
            folder=self.run_folder,
            environment=self._environment(),
        )

    def _environment(self) -> dict[str, str]:
        folder = str(self._sockets)
        return {"OVS_RUNDIR": folder, "OVN_RUNDIR": folder, "OVS_DBDIR": str(self.folder)}

    def _socket(self, short: str) -> Path:
        return self._sockets / f"ovn{short}.sock"

    @property
    def _sockets(self) -> Path:
        return self.names.sockets / "ovn"
