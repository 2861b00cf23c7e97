"""A database of OVN's, held as a replica that a thread of ovsdbapp keeps current."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from ovs.db import idl as ovs_idl
from ovs.stream import Stream
from ovsdbapp import exceptions
from ovsdbapp.backend.ovs_idl import connection, idlutils, transaction
from ovsdbapp.backend.ovs_idl.command import BaseCommand

from qvdc_network.domain.refusals import OvnRefused, OvnUnavailable
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

CONNECT_SECONDS = 3.0
"""How long one remote may take to accept a connection."""
TRANSACTION_SECONDS = 10
"""How long a transaction, or reading a database for the first time, may take."""
BACKOFF_MILLISECONDS = (1000, 2000)
"""Shortest and longest pause between attempts to reconnect; the library goes up to 8 s."""

T = TypeVar("T")
Notified = Callable[[str, Any, Any], None]
"""Told of (create, update or delete; the row; its former columns) in ovsdbapp's thread."""


@dataclass(frozen=True, slots=True)
class OvsdbTls:
    """Files for `ssl:` remotes; one set for the whole process."""

    key_file: str
    cert_file: str
    ca_file: str

    def use(self) -> None:
        """Have every `ssl:` connection of this process made with these files."""
        Stream.ssl_set_private_key_file(self.key_file)
        Stream.ssl_set_certificate_file(self.cert_file)
        Stream.ssl_set_ca_cert_file(self.ca_file)


class _Replica(connection.OvsdbIdl):  # type: ignore[misc] # the library has no types
    """The replica; tells of every change that it takes in."""

    notified: Notified | None = None

    def __init__(self, remote: str, helper: Any) -> None:
        super().__init__(remote, helper)
        self._session.reconnect.set_backoff(*BACKOFF_MILLISECONDS)

    def notify(self, event: str, row: Any, updates: Any = None) -> None:
        if self.notified is not None:
            self.notified(event, row, updates)

    @property
    def online(self) -> bool:
        """Whether the connection stands and the replica is whole."""
        return bool(self._session.is_connected()) and self.state == ovs_idl.Idl.IDL_S_MONITORING


@dataclass(frozen=True, slots=True)
class _Api:
    """What ovsdbapp's transactions and commands want to know of the database."""

    idl: _Replica


class Ovsdb:
    """One database. `connect` before use; after that the connection mends itself.

    Args:
        remote: comma-separated tcp:, ssl: or unix: addresses.
        which: northbound or southbound, for people.
        schema: OVN_Northbound or OVN_Southbound.
        columns: what to replicate, by table.
    """

    def __init__(
        self,
        remote: str,
        *,
        which: str,
        schema: str,
        columns: dict[str, list[str]],
        notified: Notified,
    ) -> None:
        self._remote = remote
        self._which = which
        self._schema = schema
        self._columns = columns
        self._notified = notified
        self._connection: Any = None
        self._connecting = asyncio.Lock()

    async def connect(self) -> None:
        """Connect unless that was done. Repeating it is free.

        Raises:
            OvnUnavailable: no remote answers.
        """
        if self._connection is not None:
            return
        async with self._connecting:
            if self._connection is None:
                await self._reachable()
                self._connection = await asyncio.to_thread(self._open)

    async def read(self, reading: Callable[[Any], T]) -> T:
        """Run `reading` on the replica, in a thread, while it stands still.

        Raises:
            OvnUnavailable: the replica is not current.
        """
        await self.connect()
        return await asyncio.to_thread(self._read, reading)

    async def transact(self, command: Callable[[Any], "Command"]) -> None:
        """Run one command in a transaction; `command` is given what it works on.

        Raises:
            OvnUnavailable: no answer in time; whether it was done is unknown.
            OvnRefused: the rows break a constraint of the database.
        """
        await self.connect()
        await asyncio.to_thread(self._transact, command)

    async def close(self) -> None:
        """Close the connection and end its thread."""
        opened, self._connection = self._connection, None
        if opened is not None:
            await asyncio.to_thread(opened.stop, 2)

    async def _reachable(self) -> None:
        for remote in self._remote.split(","):
            kind, _, address = remote.strip().partition(":")
            with contextlib.suppress(OSError, TimeoutError, ValueError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    if kind == "unix":
                        _, writer = await asyncio.open_unix_connection(address)
                    else:
                        host, _, port = address.rpartition(":")
                        _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
                    writer.close()
                    return
        raise OvnUnavailable(self._which)

    def _open(self) -> Any:
        try:
            helper = idlutils.get_schema_helper(self._remote, self._schema)
            for table, columns in self._columns.items():
                helper.register_columns(table, columns)
            replica = _Replica(self._remote, helper)
            replica.notified = self._notified
            opened = connection.Connection(replica, TRANSACTION_SECONDS)
            opened.start()
        except Exception as error:  # plain Exception is what the library raises
            log.warning("ovn.connect_failed", database=self._which, error=str(error))
            raise OvnUnavailable(self._which) from error
        log.info("ovn.connected", database=self._which, remote=self._remote)
        return opened

    def _read(self, reading: Callable[[Any], T]) -> T:
        lock: threading.RLock = self._connection.lock
        if not lock.acquire(timeout=TRANSACTION_SECONDS):
            raise OvnUnavailable(self._which)
        try:
            replica = self._connection.idl
            if not replica.online:
                raise OvnUnavailable(self._which)
            return reading(replica)
        finally:
            lock.release()

    def _transact(self, command: Callable[[Any], "Command"]) -> None:
        opened = self._connection
        if not opened.idl.online:
            raise OvnUnavailable(self._which)
        api = _Api(opened.idl)
        within = transaction.Transaction(
            api, opened, TRANSACTION_SECONDS, check_error=True, log_errors=False
        )
        within.add(command(api))
        try:
            within.commit()
        except exceptions.TimeoutException as error:
            raise OvnUnavailable(self._which) from error
        except RuntimeError as error:
            if not str(error).startswith("OVSDB Error"):  # the library has no type for its time-out
                raise OvnUnavailable(self._which) from error
            log.error("ovn.refused", database=self._which, error=str(error))
            raise OvnRefused("OVN refused the rows; the service's log says why.") from error


class Command(BaseCommand):  # type: ignore[misc] # the library has no types
    """A command; run again from the start when the database changed under it."""
