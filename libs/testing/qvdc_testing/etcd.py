"""A real etcd server of the test run's own."""

import shutil
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from qvdc_testing.processes import Child, free_port
from qvdc_testing.programs import etcd_program


class EtcdServer:
    """One etcd member on 127.0.0.1; may be stopped, started again, and emptied."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qvdc-etcd-"))
        self._port = free_port()
        client = f"http://127.0.0.1:{self._port}"
        peer = f"http://127.0.0.1:{free_port()}"
        command = [str(etcd_program()), "--name", "test", "--data-dir", str(self.folder / "data")]
        command += ["--listen-client-urls", client, "--advertise-client-urls", client]
        command += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        command += ["--initial-cluster", f"test={peer}", "--logger", "zap"]
        self._child = Child(command, log=self.folder / "log")

    @property
    def endpoint(self) -> str:
        """`host:port` for `QVDC_ETCD_ENDPOINTS`."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Process id of the server, for tests that stop or kill it."""
        return self._child.pid

    def start(self) -> None:
        """Start the member and return when it is healthy."""
        self._child.start(self._is_ready)

    def stop(self) -> None:
        """Stop the member; its keys stay."""
        self._child.stop()

    def empty(self) -> None:
        """Stop the member and throw all its keys away; `start` begins a new life."""
        self.stop()
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def remove(self) -> None:
        """Stop the member and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.endpoint}/health", timeout=2) as answer:
                return b'"true"' in answer.read()
        except (urllib.error.URLError, OSError):
            return False
