"""A Redis for one lab, on the loopback address; it keeps nothing on disk."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from qvdc_lab.errors import LabError
from qvdc_lab.shell import wait_for
from qvdc_lab.stores.binaries import redis_program
from qvdc_lab.supervise import Daemon, must_live, start, stop

STARTING = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Redis:
    """One Redis server; `run_folder` holds its pid file and log."""

    run_folder: Path
    port: int

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"redis://127.0.0.1:{self.port}/0"

    def up(self) -> bool:
        """Start Redis and wait until it answers a ping; return whether it was not running."""
        started = start(self._daemon())
        wait_for(
            self._answers,
            within=STARTING,
            otherwise=lambda: LabError("Redis does not answer", log=self._daemon().log),
        )
        return started

    def down(self) -> bool:
        """Stop Redis; what it held is gone. Return whether it was running."""
        return stop(self._daemon().pid_file)

    def _daemon(self) -> Daemon:
        options = {
            "--port": str(self.port),
            "--bind": "127.0.0.1",
            "--save": "",
            "--appendonly": "no",
            "--dir": str(self.run_folder),
            "--daemonize": "no",
        }
        command = [str(redis_program()), *(part for option in options.items() for part in option)]
        return Daemon("redis", command, self.run_folder)

    def _answers(self) -> bool:
        must_live(self._daemon(), "Redis")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
