"""A real OVN central of a test's own: both databases and northd, on unix sockets."""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from qvdc_testing.processes import Child

SCHEMAS = Path("/usr/share/ovn")
SECONDS = "10"


class OvnCentral:
    """Both ovsdb-servers and northd; each may be stopped, started and emptied."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qvdc-ovn-"))
        self._databases = {short: self._database(short) for short in ("nb", "sb")}
        northd = [_program("ovn-northd"), f"--ovnnb-db={self.nb}", f"--ovnsb-db={self.sb}"]
        northd.append(f"--unixctl={self.folder / 'northd.ctl'}")
        self.northd = Child(northd, log=self.folder / "northd.log")

    @property
    def nb(self) -> str:
        """The northbound remote."""
        return f"unix:{self.folder / 'nb.sock'}"

    @property
    def sb(self) -> str:
        """The southbound remote."""
        return f"unix:{self.folder / 'sb.sock'}"

    def start(self) -> None:
        """Start everything; return when northd has made NB_Global."""
        self.start_database("nb")
        self.start_database("sb")
        self.start_northd()

    def start_northd(self) -> None:
        """Start northd and return when it has gone through the databases once."""
        self.northd.start(lambda: (self.folder / "northd.ctl").exists())
        self.nbctl("--wait=sb", "sync")

    def start_database(self, short: str) -> None:
        """Start one database, made new if it is not there."""
        file = self.folder / f"{short}.db"
        if not file.exists():
            schema = SCHEMAS / f"ovn-{short}.ovsschema"
            subprocess.run([_program("ovsdb-tool"), "create", file, schema], check=True)
        self._databases[short].start(lambda: (self.folder / f"{short}.sock").exists())

    def stop_database(self, short: str, *, empty: bool = False) -> None:
        """Kill one database, and throw its content away with `empty`."""
        self._databases[short].stop(signal.SIGKILL)
        (self.folder / f"{short}.sock").unlink(missing_ok=True)
        if empty:
            (self.folder / f"{short}.db").unlink()

    def nbctl(self, *arguments: str) -> str:
        """Run ovn-nbctl; what it printed."""
        return self._run("ovn-nbctl", self.nb, *arguments)

    def sbctl(self, *arguments: str) -> str:
        """Run ovn-sbctl; what it printed."""
        return self._run("ovn-sbctl", self.sb, *arguments)

    def remove(self) -> None:
        """Stop everything and remove the folder."""
        self.northd.stop(signal.SIGKILL)
        for child in self._databases.values():
            child.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _database(self, short: str) -> Child:
        command = [_program("ovsdb-server"), f"--remote=punix:{self.folder / f'{short}.sock'}"]
        command += [f"--unixctl={self.folder / f'{short}.ctl'}", str(self.folder / f"{short}.db")]
        return Child(command, log=self.folder / f"{short}.log")

    def _run(self, program: str, remote: str, *arguments: str) -> str:
        command = [_program(program), f"--timeout={SECONDS}", "--no-leader-only", f"--db={remote}"]
        done = subprocess.run([*command, *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError(f"{name}: install Debian's ovn-central and openvswitch-switch")
    return found
