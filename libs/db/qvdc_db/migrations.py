"""Bringing a service's schema up to date, once, however many copies start."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from qvdc_db.database import CONNECT_SECONDS

VERSION_TABLE = "alembic_version"
LOCK_TIMEOUT = "10s"
"""A migration waits no longer for a lock than this: waiting for one stops everybody behind it."""
STATEMENT_TIMEOUT = "10min"
ROLE_SETTINGS = {"statement_timeout": "15s", "idle_in_transaction_session_timeout": "15s"}
"""Whoever uses the role: no transaction of it holds up the readers of the outbox for long."""
MADE_BY_ANOTHER = (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation)


class MigrationFailed(Exception):
    """The schema could not be brought up to date; the message says which step and why."""


@dataclass(frozen=True, slots=True)
class Migrations:
    """The schema of one service and how it comes about.

    Args:
        folder: `store/migrations` of the service: Alembic revisions, no env.py.
        url: the service's own URL (`QVDC_DATABASE_URL`); its role is created if missing.
        admin_url: who may create roles and schemas (`QVDC_DATABASE_ADMIN_URL`); "" when the role
            and schema exist and belong to the service.
    """

    folder: Path
    schema: str
    url: str
    admin_url: str = ""

    def run(self) -> None:
        """Create role and schema if missing, then apply what is missing, under a lock.

        Blocking; run it in a thread. Repeating it changes nothing. Each revision is a
        transaction of its own.

        Raises:
            MigrationFailed: the server allows prepared transactions, or a revision failed.
            sqlalchemy.exc.OperationalError: PostgreSQL is away.
        """
        engine = create_engine(
            self.admin_url or self.url,
            poolclass=NullPool,
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "application_name": "qvdc-migrations",
            },
        )
        with engine.connect() as connection, self._alone(connection):
            _refuse_prepared_transactions(connection)
            if self.admin_url:
                self._create_role_and_schema(connection)
            self._become_owner(connection)
            self._upgrade(connection)

    def missing(self, connection: Connection) -> bool:
        """Whether a revision is not applied yet; `connection` has the schema as search path."""
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        return set(context.get_current_heads()) != set(self._script().get_heads())

    @contextmanager
    def _alone(self, connection: Connection) -> Iterator[None]:
        key = {"key": zlib.crc32(f"qvdc-migrations-{self.schema}".encode())}
        connection.execute(text("select pg_advisory_lock(:key)"), key)
        connection.commit()
        try:
            yield
        finally:
            if not connection.invalidated:
                connection.rollback()
                connection.execute(text("select pg_advisory_unlock(:key)"), key)
                connection.commit()

    def _create_role_and_schema(self, connection: Connection) -> None:
        url = make_url(self.url)
        role, database = url.username, url.database
        if not role or not database:
            raise MigrationFailed("The service's URL names no role or no database.")
        names = {"role": sql.Identifier(role), "schema": sql.Identifier(self.schema)}
        names["database"] = sql.Identifier(database)
        if _role_missing(connection, role):
            _create_role(connection, role, url.password)
        create = sql.SQL("CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {role}")
        _execute(connection, create.format(**names))
        for setting, value in ROLE_SETTINGS.items():
            change = sql.SQL("ALTER ROLE {role} IN DATABASE {database} SET {setting} = {value}")
            parts = names | {"setting": sql.Identifier(setting)}
            _execute(connection, change.format(**parts, value=sql.Literal(value)))
        connection.commit()

    def _become_owner(self, connection: Connection) -> None:
        names = {
            "role": sql.Identifier(make_url(self.url).username or ""),
            "schema": sql.Identifier(self.schema),
        }
        statements = [
            "SET search_path = {schema}",
            f"SET lock_timeout = '{LOCK_TIMEOUT}'",
            f"SET statement_timeout = '{STATEMENT_TIMEOUT}'",
        ]
        if self.admin_url:
            statements.append("SET ROLE {role}")
        for statement in statements:
            _execute(connection, sql.SQL(statement).format(**names))
        connection.commit()

    def _upgrade(self, connection: Connection) -> None:
        script = self._script()

        def steps(revision: str, _context: MigrationContext) -> object:
            return script._upgrade_revs("heads", revision)  # noqa: SLF001 - Alembic's own recipe

        with EnvironmentContext(Config(), script, fn=steps, destination_rev="heads") as environment:
            environment.configure(
                connection=connection,
                version_table=VERSION_TABLE,
                version_table_schema=self.schema,
                transaction_per_migration=True,
            )
            try:
                with environment.begin_transaction():
                    environment.run_migrations()
            except SQLAlchemyError as error:
                raise MigrationFailed(f"Schema {self.schema}: {error}") from error
        connection.commit()

    def _script(self) -> ScriptDirectory:
        return ScriptDirectory(str(self.folder), version_locations=[str(self.folder)])


def _refuse_prepared_transactions(connection: Connection) -> None:
    allowed = connection.scalar(text("show max_prepared_transactions"))
    connection.commit()
    if allowed != "0":
        raise MigrationFailed(
            f"max_prepared_transactions is {allowed}; it must be 0, since a forgotten prepared"
            " transaction would hold up every Watch."
        )


def _role_missing(connection: Connection, role: str) -> bool:
    found = connection.scalar(text("select 1 from pg_roles where rolname = :role"), {"role": role})
    connection.commit()
    return found is None


def _create_role(connection: Connection, role: str, password: str | None) -> None:
    statement = sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role))
    if password:
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
    try:
        _execute(connection, statement)
    except DBAPIError as error:
        connection.rollback()
        if not isinstance(error.orig, MADE_BY_ANOTHER):
            raise
    connection.commit()


def _execute(connection: Connection, statement: sql.Composed) -> None:
    connection.exec_driver_sql(statement.as_string(), execution_options={"no_parameters": True})
