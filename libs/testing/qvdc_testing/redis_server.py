"""A real Redis server of the test run's own."""

import shutil
import tempfile
from pathlib import Path

from qvdc_testing.processes import Child, accepts, free_port
from qvdc_testing.programs import redis_program


class RedisServer:
    """A Redis server on 127.0.0.1 that keeps nothing on disk; may be stopped and started."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qvdc-redis-"))
        self._port = free_port()
        command = [str(redis_program()), "--port", str(self._port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        self._child = Child(command, log=self.folder / "log")

    @property
    def url(self) -> str:
        """URL for `QVDC_REDIS_URL`."""
        return f"redis://127.0.0.1:{self._port}/0"

    @property
    def pid(self) -> int:
        """Process id of the server, for tests that stop or kill it."""
        return self._child.pid

    def start(self) -> None:
        """Start the server and return when it listens."""
        self._child.start(lambda: accepts("127.0.0.1", self._port))

    def stop(self) -> None:
        """Stop the server; everything it held is gone."""
        self._child.stop()

    def remove(self) -> None:
        """Stop the server and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
