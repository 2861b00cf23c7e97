"""The hosts' session keys in etcd: a published contract that cluster and vm read.

`/quantix/nodes/<uid>/session` holds {"boot_id", "instance", "epoch", "incarnation"} under a
9 s lease; `terms` holds {"interval_ms", "session_ms", "ladder_ms"} without one; `fenced` holds the
incident that forbids a session.
"""

import asyncio
import json
from datetime import timedelta

from qvdc_coord.client import Etcd
from qvdc_coord.errors import EtcdUnavailable, LeaseGone
from qvdc_coord.keys import INCARNATION, fenced_key, node_prefix, session_key, terms_key
from qvdc_coord.lease import Renewals
from qvdc_coord.txn import Delete, Get, KeyValue, Op, Put, TxnResult, absent, unchanged, value_is
from qvdc_node.domain.session import (
    HEARTBEAT_INTERVAL,
    LADDER_END,
    SESSION_TTL,
    Incarnate,
    Session,
    SessionView,
)
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
DEADLINE = timedelta(seconds=0.6)
BATCH = 40
"""Hosts read in one transaction; etcd takes 128 operations, a host needs two."""
READERS = 4
LINGER = timedelta(milliseconds=8)
"""How long a read waits for others to join it: a read costs as much as the beat that asks for it,
and a beat may take 20 ms (OP-10)."""
LOOK_EVERY = timedelta(seconds=0.5)


class EtcdSessions:
    """Reads, grants and renews sessions."""

    def __init__(self, etcd: Etcd, renewals: Renewals) -> None:
        self._etcd = etcd
        self._renewals = renewals
        self._reads = _BatchedReads(etcd)

    async def read(self, uid: str) -> SessionView:
        """Return what a linearizable read begun after this call shows."""
        return await self._reads.read(uid)

    async def renew(self, session: Session) -> bool:
        """Keep the session's lease alive; False when it is gone."""
        try:
            await self._renewals.renew(session.lease, within=DEADLINE)
        except LeaseGone:
            return False
        return True

    async def put(
        self, session: Session, *, old: Session | None, confessed: str = ""
    ) -> Session | None:
        """Put `session` under a lease of its own in place of `old`; None when that changed."""
        lease = await self._etcd.grant_lease(SESSION_TTL, timeout=DEADLINE)
        put = False
        try:
            result = await self._txn(session, old, lease, confessed)
            put = result.succeeded
        finally:
            # Refused, unanswered or cancelled: whatever was put goes with its lease.
            if not put:
                await asyncio.shield(self._revoke(lease))
        if not put:
            return None
        if old is not None and old.lease != lease:
            await self._revoke(old.lease)
        return _granted(session, lease, result.revision)

    async def release(self, session: Session) -> None:
        """End the session at once by its lease; unanswered, it ends by itself."""
        await self._revoke(session.lease)

    async def end(self, uid: str) -> None:
        """Remove all that etcd holds of a removed host; its session, unrenewed, ends by itself."""
        try:
            found = await self._etcd.get(session_key(uid))
            if found is not None and found.lease:
                await self._etcd.revoke_lease(found.lease)
            await self._etcd.delete_prefix(node_prefix(uid))
        except EtcdUnavailable as error:
            log.warning("session.left_to_expire", node=uid, cause=error.cause)

    async def beats(self, session: Session, *, within: timedelta) -> bool:
        """Watch the lease: True as soon as somebody was seen to keep it alive."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within.total_seconds()
        least = SESSION_TTL
        while loop.time() < deadline:
            remaining = await self._etcd.lease_remaining(session.lease, timeout=DEADLINE)
            if remaining is None or remaining <= SESSION_TTL - HEARTBEAT_INTERVAL * 1.6:
                return False
            if remaining > least:
                return True
            least = remaining
            await asyncio.sleep(LOOK_EVERY.total_seconds())
        return False

    async def _txn(
        self, session: Session, old: Session | None, lease: int, confessed: str
    ) -> TxnResult:
        key, fence = session_key(session.uid), fenced_key(session.uid)
        lifted: list[Op] = [Delete(fence)] if confessed else []
        return await self._etcd.txn(
            [
                value_is(fence, confessed.encode()) if confessed else absent(fence),
                value_is(INCARNATION, session.incarnation.encode()),
                absent(key) if old is None else unchanged(key, old.revision),
            ],
            [Put(key, _body(session), lease), Put(terms_key(session.uid), TERMS), *lifted],
            timeout=DEADLINE,
        )

    async def _revoke(self, lease: int) -> None:
        try:
            await self._etcd.revoke_lease(lease, timeout=DEADLINE)
        except EtcdUnavailable as error:
            log.info("session.lease_left_to_expire", lease=f"{lease:x}", cause=error.cause)


class _BatchedReads:
    """Joins the reads of beats that come together; each begins after it was asked for."""

    def __init__(self, etcd: Etcd) -> None:
        self._etcd = etcd
        self._waiting: list[tuple[str, asyncio.Future[SessionView]]] = []
        self._gathering = False
        self._turns = asyncio.Semaphore(READERS)
        self._readers: set[asyncio.Task[None]] = set()

    async def read(self, uid: str) -> SessionView:
        answer: asyncio.Future[SessionView] = asyncio.get_running_loop().create_future()
        self._waiting.append((uid, answer))
        if not self._gathering:
            self._gather_soon()
        return await answer

    def _gather_soon(self) -> None:
        self._gathering = True
        reader = asyncio.create_task(self._gather(), name="session-reads")
        self._readers.add(reader)
        reader.add_done_callback(self._readers.discard)

    async def _gather(self) -> None:
        await asyncio.sleep(LINGER.total_seconds())
        async with self._turns:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            self._gathering = False
            if self._waiting:
                self._gather_soon()
            await self._answer(batch)

    async def _answer(self, batch: list[tuple[str, asyncio.Future[SessionView]]]) -> None:
        try:
            views = await self._views(sorted({uid for uid, _ in batch}))
        except EtcdUnavailable as error:
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
            return
        for uid, answer in batch:
            if not answer.done():
                answer.set_result(views[uid])

    async def _views(self, uids: list[str]) -> dict[str, SessionView]:
        asked: list[Get] = [Get(INCARNATION)]
        for uid in uids:
            asked += [Get(session_key(uid)), Get(fenced_key(uid))]
        found = (await self._etcd.txn([], asked, timeout=DEADLINE)).found
        incarnation = found[0][0].value.decode() if found[0] else ""
        views: dict[str, SessionView] = {}
        for place, uid in enumerate(uids):
            session, fenced = found[1 + 2 * place], found[2 + 2 * place]
            views[uid] = SessionView(
                session=session_of(uid, session[0]) if session else None,
                fenced=fenced[0].value.decode() or "unknown" if fenced else "",
                incarnation=incarnation,
            )
        return views


def session_of(uid: str, kv: KeyValue) -> Session | None:
    """Read a session key; None when it holds something else."""
    try:
        said = json.loads(kv.value)
        return Session(
            uid=uid,
            life=Incarnate(str(said["boot_id"]), int(said["instance"])),
            epoch=int(said["epoch"]),
            incarnation=str(said["incarnation"]),
            lease=kv.lease,
            revision=kv.mod_revision,
        )
    except (ValueError, KeyError, TypeError):
        log.error("session.unreadable", node=uid)
        return None


def _granted(session: Session, lease: int, revision: int) -> Session:
    return Session(
        uid=session.uid,
        life=session.life,
        epoch=session.epoch,
        incarnation=session.incarnation,
        lease=lease,
        revision=revision,
    )


def _body(session: Session) -> bytes:
    return json.dumps(
        {
            "boot_id": session.life.boot_id,
            "instance": session.life.instance,
            "epoch": session.epoch,
            "incarnation": session.incarnation,
        }
    ).encode()


def _milliseconds(interval: timedelta) -> int:
    return int(interval.total_seconds() * 1000)


TERMS = json.dumps(
    {
        "interval_ms": _milliseconds(HEARTBEAT_INTERVAL),
        "session_ms": _milliseconds(SESSION_TTL),
        "ladder_ms": _milliseconds(LADDER_END),
    }
).encode()
