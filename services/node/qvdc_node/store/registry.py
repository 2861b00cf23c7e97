"""Who is registered, remembered by this copy: beats must be answered while PostgreSQL is away."""

from sqlalchemy import select

from qvdc_db.database import Database
from qvdc_db.errors import translated
from qvdc_node.domain.node import NodeRemoved, NodeUnknown, Tombstone
from qvdc_node.domain.session import Incarnate, KnownHost, Session
from qvdc_node.store.node_values import tombstone_of
from qvdc_node.store.tables import nodes, tombstones

_COLUMNS = (
    nodes.c.uid,
    nodes.c.boot_id,
    nodes.c.instance,
    nodes.c.session_epoch,
    nodes.c.refresh_time,
    nodes.c.register_time,
)


class HostRegistry:
    """A memory of the registered hosts, refreshed by a loop and read through when it misses."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, KnownHost] = {}
        self._heard: dict[str, KnownHost] = {}
        self._removed: dict[str, Tombstone] = {}
        self._asked: frozenset[str] = frozenset()

    async def refresh(self) -> None:
        """Read all of it anew.

        Raises:
            StoreUnavailable: PostgreSQL is away; what is remembered stays.
        """
        with translated():
            async with self._database.session() as session:
                hosts = (await session.execute(select(*_COLUMNS))).all()
                stones = (await session.execute(select(tombstones))).all()
        self._known = {
            row.uid: KnownHost(
                uid=row.uid,
                life=Incarnate(row.boot_id, row.instance),
                epoch=row.session_epoch,
            )
            for row in hosts
        }
        self._asked = frozenset(
            row.uid
            for row in hosts
            if row.refresh_time is not None and row.refresh_time > row.register_time
        )
        self._removed = {row.uid: tombstone_of(row) for row in stones}
        self._heard = {
            uid: host
            for uid, host in self._heard.items()
            if uid in self._known and host.epoch > self._known[uid].epoch
        }

    async def find(self, uid: str) -> KnownHost:
        """Return the host as last seen in PostgreSQL."""
        self.check_kept(uid)
        if (found := self._remembered(uid)) is not None:
            return found
        await self.refresh()
        self.check_kept(uid)
        if (found := self._remembered(uid)) is None:
            raise NodeUnknown(uid)
        return found

    def hear(self, session: Session) -> None:
        """Remember a host by its session, which may be newer than its row."""
        self._heard[session.uid] = KnownHost(
            uid=session.uid, life=session.life, epoch=session.epoch
        )

    def check_kept(self, uid: str) -> None:
        """Return unless the host is remembered as removed."""
        stone = self._removed.get(uid)
        if stone is not None and not stone.readmitted and uid not in self._known:
            raise NodeRemoved(uid, stone.remove_time)

    def asked_for_inventory(self, uid: str) -> bool:
        """Return whether the host shall register again, to tell its whole inventory."""
        return uid in self._asked

    def _remembered(self, uid: str) -> KnownHost | None:
        both = (self._known.get(uid), self._heard.get(uid))
        return max((each for each in both if each), key=lambda host: host.epoch, default=None)
