"""PostgreSQL for one lab: on a Unix socket only, with a password for every role."""

from __future__ import annotations

import os
import pwd
import secrets
import signal
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from qvdc_lab.errors import LabError
from qvdc_lab.shell import run, wait_for
from qvdc_lab.stores.binaries import postgresql_folder
from qvdc_lab.supervise import Daemon, must_live, start, stop

SUPERUSER = "postgres"
STARTING = timedelta(seconds=60)
MAX_CONNECTIONS = 200  # six services of two copies, a pool of 10 each, and room for people

# PostgreSQL refuses to run as root, and its own user may not enter the checkout. So as root its
# data is bound to a path that it may enter, in a mount namespace that ends with the process.
PRIVATE_DATA = Path("/var/lib/postgresql")
AS_POSTGRES = """
mount --bind "$1" "$2" && shift 2 && cd / &&
exec setpriv --reuid="$1" --regid="$1" --init-groups -- "$2" "${@:3}"
"""


@dataclass(frozen=True, slots=True)
class Postgres:
    """One PostgreSQL server.

    Args:
        folder: its data, and the superuser's password.
        socket_folder: a short path for its Unix socket.
        run_folder: where its pid file and log lie.
        port: names the socket; nothing listens on a network.
    """

    folder: Path
    socket_folder: Path
    run_folder: Path
    port: int

    def up(self) -> bool:
        """Make the server, the first time, and start it; return whether it was not running."""
        self._make_folders()
        if not (self.folder / "data" / "PG_VERSION").exists():
            self._initialise()
        started = start(self._daemon())
        wait_for(
            self._answers,
            within=STARTING,
            otherwise=lambda: LabError("PostgreSQL does not answer", log=self._daemon().log),
        )
        return started

    def down(self) -> bool:
        """Stop PostgreSQL; its data stays. Return whether it was running."""
        return stop(self._daemon().pid_file)

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL of the superuser; it holds the password."""
        return (
            f"postgresql+psycopg://{SUPERUSER}:{self._password()}@/{database}"
            f"?host={self.socket_folder}&port={self.port}"
        )

    def _make_folders(self) -> None:
        for folder in (self.folder, self.socket_folder):
            folder.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                owner = _unprivileged_user()
                os.chown(folder, owner.pw_uid, owner.pw_gid)
        self.folder.chmod(0o700)

    def _initialise(self) -> None:
        password_file = self.folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_hex(24))
        if os.geteuid() == 0:
            owner = _unprivileged_user()
            os.chown(password_file, owner.pw_uid, owner.pw_gid)
        seen = self._seen_folder()
        options = ["-D", str(seen / "data"), "--pwfile", str(seen / "password")]
        locale = ["--encoding=UTF8", "--locale=C.UTF-8"]
        initdb = [f"--username={SUPERUSER}", "--auth=scram-sha-256", *options, *locale]
        run(self._command("initdb", *initdb), within=STARTING)

    def _daemon(self) -> Daemon:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "port": str(self.port),
            "max_connections": str(MAX_CONNECTIONS),
            "max_prepared_transactions": "0",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        data = ["-D", str(self._seen_folder() / "data")]
        return Daemon(
            name="postgres",
            command=self._command("postgres", *data, *options),
            folder=self.run_folder,
            stop_signal=signal.SIGINT,
        )

    def _command(self, program: str, *arguments: str) -> list[str]:
        plain = [str(postgresql_folder() / program), *arguments]
        if os.geteuid() != 0:
            return plain
        entering = ["unshare", "-m", "--propagation", "private", "bash", "-c", AS_POSTGRES, "bash"]
        places = [str(self.folder), str(self._seen_folder())]
        return [*entering, *places, _unprivileged_user().pw_name, *plain]

    def _seen_folder(self) -> Path:
        return PRIVATE_DATA if os.geteuid() == 0 else self.folder

    def _answers(self) -> bool:
        must_live(self._daemon(), "PostgreSQL")
        status = self.folder / "data" / "postmaster.pid"
        lines = status.read_text().split() if status.exists() else []
        return lines[:1] == [str(self._daemon().pid())] and lines[-1] == "ready"

    def _password(self) -> str:
        return (self.folder / "password").read_text()


def _unprivileged_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError as error:
        raise LabError(
            "PostgreSQL cannot run as root",
            "this machine has no user postgres",
            remedy="`apt-get install postgresql`",
        ) from error
