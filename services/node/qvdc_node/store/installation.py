"""The database, roles and schemas of all services, made once by an administrator."""

import secrets
from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

STATEMENT_TIMEOUT = "15s"
IDLE_IN_TRANSACTION_TIMEOUT = "15s"
PASSWORD_BYTES = 24
LOCK_KEY = 7_150_411
"""Roles belong to the whole server and cannot be changed by two at once."""


class Installation:
    """A database with one role and schema per service; each role sees its own schema alone.

    Args:
        admin_url: of somebody who may create databases and roles.
        database: name of the database to make.
    """

    def __init__(self, admin_url: str, database: str) -> None:
        self._admin = make_url(admin_url)
        self._database = database

    def role(self, service: str) -> str:
        """Return the role of `service`; an unusual database has roles of its own."""
        prefix = "qvdc" if self._database == "quantix" else self._database
        return f"{prefix}_{service}"

    def run(self, services: Sequence[str], passwords: Mapping[str, str]) -> dict[str, str]:
        """Make what is missing; return the URL of each service. Repeating it changes nothing.

        Args:
            passwords: those given out earlier; a service without one gets a new one.

        Raises:
            sqlalchemy.exc.OperationalError: PostgreSQL is away.
        """
        chosen = {
            service: passwords.get(service) or secrets.token_urlsafe(PASSWORD_BYTES)
            for service in services
        }
        with self._connect(self._admin) as connection:
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            self._create_database(connection)
            self._create_services(chosen, passwords)
        return {service: self._url(service, password) for service, password in chosen.items()}

    def _create_services(self, chosen: Mapping[str, str], passwords: Mapping[str, str]) -> None:
        with self._connect(self._admin.set(database=self._database)) as connection:
            self._close_to_the_public(connection)
            for service, password in chosen.items():
                known = passwords.get(service) == password
                self._create_role(connection, self.role(service), password, keep=known)
                self._create_schema(connection, self.role(service), service)

    def _connect(self, url: URL) -> Connection:
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        return engine.connect()

    def _create_database(self, connection: Connection) -> None:
        found = connection.scalar(
            text("select 1 from pg_database where datname = :name"), {"name": self._database}
        )
        if found is None:
            _execute(
                connection, "CREATE DATABASE {database}", database=sql.Identifier(self._database)
            )

    def _close_to_the_public(self, connection: Connection) -> None:
        database = sql.Identifier(self._database)
        _execute(connection, "REVOKE ALL ON DATABASE {database} FROM PUBLIC", database=database)
        _execute(connection, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")

    def _create_role(self, connection: Connection, role: str, password: str, *, keep: bool) -> None:
        names = {"role": sql.Identifier(role), "password": sql.Literal(password)}
        found = connection.scalar(text("select 1 from pg_roles where rolname = :r"), {"r": role})
        if found is None:
            _execute(
                connection,
                "CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
                " PASSWORD {password}",
                **names,
            )
        elif not keep:
            _execute(connection, "ALTER ROLE {role} PASSWORD {password}", **names)

    def _create_schema(self, connection: Connection, role: str, schema: str) -> None:
        names: dict[str, sql.Composable] = {
            "role": sql.Identifier(role),
            "schema": sql.Identifier(schema),
            "database": sql.Identifier(self._database),
            "statement": sql.Literal(STATEMENT_TIMEOUT),
            "idle_setting": sql.SQL("idle_in_transaction_session_timeout"),
            "idle": sql.Literal(IDLE_IN_TRANSACTION_TIMEOUT),
        }
        for statement in (
            "GRANT CONNECT ON DATABASE {database} TO {role}",
            "GRANT {role} TO CURRENT_USER",
            "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {role}",
            "ALTER ROLE {role} IN DATABASE {database} SET search_path = {schema}",
            "ALTER ROLE {role} IN DATABASE {database} SET statement_timeout = {statement}",
            "ALTER ROLE {role} IN DATABASE {database} SET {idle_setting} = {idle}",
        ):
            _execute(connection, statement, **names)

    def _url(self, service: str, password: str) -> str:
        url = self._admin.set(
            drivername="postgresql+psycopg",
            username=self.role(service),
            password=password,
            database=self._database,
        )
        return url.render_as_string(hide_password=False)


def _execute(connection: Connection, statement: str, /, **parts: sql.Composable) -> None:
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    raw.execute(sql.SQL(statement).format(**parts))
