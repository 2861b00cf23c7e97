"""A real PostgreSQL server of the test run's own, on a unix socket."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from qvdc_testing.processes import Child, confined, free_port, give
from qvdc_testing.programs import postgresql_bin, unprivileged_user

SUPERUSER = "postgres"
SERVER_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "300",
    "max_prepared_transactions": "0",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "autovacuum_naptime": "10s",
}


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """One empty database on the server."""

    __test__ = False

    name: str
    host: str
    port: int

    @property
    def admin_url(self) -> str:
        """URL of the superuser, for migrations (`QVDC_DATABASE_ADMIN_URL`)."""
        return self.url(SUPERUSER)

    def url(self, role: str) -> str:
        """URL of `role`, for a service (`QVDC_DATABASE_URL`); the server trusts everyone."""
        return f"postgresql+psycopg://{role}@/{self.name}?host={self.host}&port={self.port}"


class PostgresServer:
    """A PostgreSQL server with a throwaway data folder; may be stopped and started again."""

    def __init__(self) -> None:
        self._bin = postgresql_bin()
        self._user = unprivileged_user()
        self._port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="qvdc-pg-"))
        self._numbers = count(1)
        options = [f"-c{name}={value}" for name, value in SERVER_OPTIONS.items()]
        place = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-p", str(self._port)]
        self._child = Child(
            [str(self._bin / "postgres"), *place, *options],
            log=self.folder / "log",
            user=self._user,
        )

    def create(self) -> None:
        """Make the data folder; once."""
        give(self.folder, self._user)
        command = [str(self._bin / "initdb"), "-D", str(self.folder / "data"), "-U", SUPERUSER]
        command += ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        # As the other user by setpriv, not by subprocess: that would fork, which grpc forbids.
        subprocess.run([*confined(self._user), *command], check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        """Start the server and return when it accepts connections."""
        self._child.start(self._is_ready)

    def stop(self) -> None:
        """Cut every connection and stop the server; the data stays."""
        self._child.stop(signal.SIGINT)

    def remove(self) -> None:
        """Stop the server and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """Process id of the server, for tests that stop or kill it."""
        return self._child.pid

    def create_database(self) -> TestDatabase:
        """Create an empty database with a name of its own."""
        name = f"qvdc_{next(self._numbers)}"
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return TestDatabase(name=name, host=str(self.folder), port=self._port)

    def drop_database(self, database: TestDatabase) -> None:
        """Drop `database`, cutting whoever still uses it."""
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._execute(drop.format(sql.Identifier(database.name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._dsn(), autocommit=True) as connection:
            connection.execute(statement)

    def _is_ready(self) -> bool:
        try:
            psycopg.connect(self._dsn(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _dsn(self) -> str:
        return f"host={self.folder} port={self._port} user={SUPERUSER} dbname=postgres"


MakeDatabase = Callable[[], TestDatabase]
