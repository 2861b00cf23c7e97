"""A single etcd for one lab, on the loopback address."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from qvdc_lab.errors import LabError
from qvdc_lab.shell import run, wait_for
from qvdc_lab.stores.binaries import etcd_program
from qvdc_lab.supervise import Daemon, must_live, start, stop

STARTING = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Etcd:
    """One etcd member; `folder` keeps its data, `run_folder` its pid file and log."""

    folder: Path
    run_folder: Path
    client_port: int
    peer_port: int

    @property
    def endpoint(self) -> str:
        """Where clients connect, as host:port."""
        return f"127.0.0.1:{self.client_port}"

    def up(self) -> bool:
        """Start etcd and wait until it listens; return whether it was not running."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        started = start(self._daemon())
        wait_for(
            self._listens,
            within=STARTING,
            otherwise=lambda: LabError("etcd does not answer", log=self._daemon().log),
        )
        return started

    def down(self) -> bool:
        """Stop etcd; its data stays. Return whether it was running."""
        return stop(self._daemon().pid_file)

    def lose_everything(self) -> None:
        """Come up again with none of the keys and leases there were, as a new etcd."""
        self.down()
        shutil.rmtree(self.folder)
        self.up()

    def _daemon(self) -> Daemon:
        client = f"http://{self.endpoint}"
        peer = f"http://127.0.0.1:{self.peer_port}"
        program = etcd_program()
        options = {
            "--name": "lab",
            "--data-dir": str(self.folder),
            "--listen-client-urls": client,
            "--advertise-client-urls": client,
            "--listen-peer-urls": peer,
            "--initial-advertise-peer-urls": peer,
            "--initial-cluster": f"lab={peer}",
            "--auto-compaction-retention": "1h",
        }
        command = [str(program), *(part for option in options.items() for part in option)]
        return Daemon("etcd", [*command, *_checks(program)], self.run_folder)

    def _listens(self) -> bool:
        must_live(self._daemon(), "etcd")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.client_port)) == 0


def _checks(program: Path) -> list[str]:
    """etcd 3.5.0 to 3.5.2 may lose consistency after a crash: have them look at each start."""
    version = run([str(program), "--version"])
    return ["--experimental-initial-corrupt-check"] if "Version: 3.5." in version else []
