"""The hosts' session keys in etcd: a published contract that cluster and vm read.

`/quantix/nodes/<uid>/session` holds {"boot_id", "instance", "epoch", "incarnation", "terms"} under
a lease of the session's life; `terms` (adapters/terms_key.py) has none; `fenced` holds the incident
that forbids a session.
"""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

from qvdc_coord.client import Etcd
from qvdc_coord.errors import EtcdUnavailable, LeaseGone
from qvdc_coord.keys import INCARNATION, fenced_key, node_prefix, session_key, terms_key
from qvdc_coord.lease import Renewals
from qvdc_coord.txn import (
    Compare,
    Delete,
    Get,
    KeyValue,
    Op,
    Put,
    TxnResult,
    absent,
    unchanged,
    value_is,
)
from qvdc_node.adapters.terms_key import (
    grant_from_key,
    grant_from_text,
    grant_to_key,
    grant_to_text,
)
from qvdc_node.domain.session import Incarnate, Session, SessionView, TermsView
from qvdc_node.domain.terms import BEATS_IN_A_SESSION, USUAL_GRANT
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
BEAT_DEADLINE = timedelta(seconds=0.6)
"""A later answer to a beat is worth nothing: the host asks every copy and waits 1 s."""
PATIENT_DEADLINE = timedelta(seconds=2.5)
"""For everything that is not a beat: a busy etcd is no reason to send a host away."""
BATCH = 40
"""Hosts read in one transaction; etcd takes 128 operations, a host needs two."""
READERS = 4
LINGER = timedelta(milliseconds=8)
"""How long a read waits for others to join it: a read costs as much as the beat that asks for it,
and a beat may take 20 ms (OP-10)."""
LOOK_EVERY = timedelta(seconds=0.5)


class EtcdSessions:
    """Reads, grants and renews sessions.

    Args:
        deadline: how long each question to etcd may take.
    """

    def __init__(self, etcd: Etcd, renewals: Renewals, *, deadline: timedelta) -> None:
        self._etcd = etcd
        self._renewals = renewals
        self._deadline = deadline
        self._reads = _BatchedReads(etcd, deadline)

    async def read(self, uid: str) -> SessionView:
        """Return what a linearizable read begun after this call shows."""
        return await self._reads.read(uid)

    async def renew(self, session: Session) -> bool:
        """Keep the session's lease alive; False when it is gone."""
        try:
            await self._renewals.renew(session.lease, within=self._deadline)
        except LeaseGone:
            return False
        return True

    async def terms(self, uid: str, incarnation: str) -> TermsView:
        """Return the terms that the host was told in this life of etcd, session or not."""
        found = await self._etcd.get(terms_key(uid), timeout=self._deadline)
        if found is None:
            return TermsView(None, 0)
        return TermsView(grant_from_key(found.value, incarnation), found.mod_revision)

    async def put(
        self,
        session: Session,
        *,
        old: Session | None,
        confessed: str = "",
        terms: TermsView | None = None,
    ) -> Session | None:
        """Put `session` and its terms in place of `old`; None when that changed."""
        if old is not None and _lives_as_long(session, old):
            if not await self.renew(old):
                return None
            result = await self._txn(session, old, old.lease, confessed, terms)
            return _granted(session, old.lease, result.revision) if result.succeeded else None
        lease = await self._etcd.grant_lease(session.life_time, timeout=self._deadline)
        put = False
        try:
            result = await self._txn(session, old, lease, confessed, terms)
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
        least = session.life_time
        silent = least - least / BEATS_IN_A_SESSION * 1.6
        while loop.time() < deadline:
            remaining = await self._etcd.lease_remaining(session.lease, timeout=self._deadline)
            if remaining is None or remaining <= silent:
                return False
            if remaining > least:
                return True
            least = remaining
            await asyncio.sleep(LOOK_EVERY.total_seconds())
        return False

    async def _txn(
        self,
        session: Session,
        old: Session | None,
        lease: int,
        confessed: str,
        terms: TermsView | None,
    ) -> TxnResult:
        key, fence, told = session_key(session.uid), fenced_key(session.uid), terms_key(session.uid)
        holding: list[Compare] = [
            value_is(fence, confessed.encode()) if confessed else absent(fence),
            value_is(INCARNATION, session.incarnation.encode()),
            absent(key) if old is None else unchanged(key, old.revision),
        ]
        if old is None and terms is not None:
            holding.append(unchanged(told, terms.revision) if terms.revision else absent(told))
        grant = grant_to_key(session.grant or USUAL_GRANT, session.incarnation)
        lifted: list[Op] = [Delete(fence)] if confessed else []
        return await self._etcd.txn(
            holding,
            [Put(key, _body(session), lease), Put(told, grant), *lifted],
            timeout=self._deadline,
        )

    async def _revoke(self, lease: int) -> None:
        try:
            await self._etcd.revoke_lease(lease, timeout=self._deadline)
        except EtcdUnavailable as error:
            log.info("session.lease_left_to_expire", lease=f"{lease:x}", cause=error.cause)


class _BatchedReads:
    """Joins the reads of beats that come together; each begins after it was asked for."""

    def __init__(self, etcd: Etcd, deadline: timedelta) -> None:
        self._etcd = etcd
        self._deadline = deadline
        self._waiting: list[tuple[str, asyncio.Future[SessionView]]] = []
        self._gathering = False
        self._turns = asyncio.Semaphore(READERS)
        self._read: dict[str, Session] = {}
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
        found = (await self._etcd.txn([], asked, timeout=self._deadline)).found
        incarnation = found[0][0].value.decode() if found[0] else ""
        views: dict[str, SessionView] = {}
        for place, uid in enumerate(uids):
            session, fenced = found[1 + 2 * place], found[2 + 2 * place]
            views[uid] = SessionView(
                session=self._session_of(uid, session[0]) if session else None,
                fenced=fenced[0].value.decode() or "unknown" if fenced else "",
                incarnation=incarnation,
            )
        return views

    def _session_of(self, uid: str, kv: KeyValue) -> Session | None:
        """Read a session key; one that was not written since the last time is known."""
        known = self._read.get(uid)
        if known is not None and (known.revision, known.lease) == (kv.mod_revision, kv.lease):
            return known
        read = session_of(uid, kv)
        if read is not None:
            self._read[uid] = read
        return read


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
            grant=grant_from_text(str(said.get("terms", ""))),
        )
    except (ValueError, KeyError, TypeError):
        log.error("session.unreadable", node=uid)
        return None


def _lives_as_long(session: Session, old: Session) -> bool:
    """Whether a new state of the same session needs no other lease."""
    one, other = (
        (each.life, each.epoch, each.incarnation, each.life_time) for each in (session, old)
    )
    return one == other


def _granted(session: Session, lease: int, revision: int) -> Session:
    return replace(session, lease=lease, revision=revision)


def _body(session: Session) -> bytes:
    return json.dumps(
        {
            "boot_id": session.life.boot_id,
            "instance": session.life.instance,
            "epoch": session.epoch,
            "incarnation": session.incarnation,
            "terms": grant_to_text(session.grant or USUAL_GRANT),
        }
    ).encode()
