"""Stored bytes, holds on images, hosts' copies and the ticket key as rows."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_image.domain.claim import CachedCopy, CacheReport, Claim
from qvdc_image.domain.image import ImageState, LocationState
from qvdc_image.store.tables import blobs, claims, copies, host_caches, images, ticket_keys

_BATCH = 100


class BlobRows:
    """Stored bytes by digest, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, digest: str, size_bytes: int) -> None:
        """Lock or make the row of a digest that is about to be used."""
        await self._session.execute(
            insert(blobs)
            .values(digest=digest, size_bytes=size_bytes)
            .on_conflict_do_update(
                index_elements=[blobs.c.digest], set_={"unreferenced_since": None}
            )
        )

    async def release(self, digest: str, now: datetime) -> None:
        """Note that an image gave a digest up; bytes nobody needs are collected later."""
        await self._session.execute(
            update(blobs)
            .where(blobs.c.digest == digest, ~_referenced())
            .values(unreferenced_since=now)
        )

    async def collectable(self, before: datetime) -> list[str]:
        """Digests that no image has needed since `before`."""
        query = select(blobs.c.digest).where(_old(before), ~_referenced()).limit(_BATCH)
        return list(await self._session.scalars(query))

    async def collect(self, digest: str, before: datetime) -> bool:
        """Lock the row and delete it if still collectable; whether it was."""
        gone = await self._session.scalar(
            delete(blobs)
            .where(blobs.c.digest == digest, _old(before), ~_referenced())
            .returning(blobs.c.digest)
        )
        return gone is not None

    async def known(self, digests: Sequence[str]) -> set[str]:
        """Which of `digests` have a row."""
        query = select(blobs.c.digest).where(blobs.c.digest.in_(digests))
        return set(await self._session.scalars(query))


class ClaimRows:
    """Machines' holds on images, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, claim: Claim) -> bool:
        """Store a claim; whether it is new."""
        made = await self._session.scalar(
            insert(claims)
            .values(
                image_uid=claim.image_uid,
                vm_uid=claim.vm_uid,
                vm_name=claim.vm_name,
                create_time=claim.create_time,
            )
            .on_conflict_do_nothing()
            .returning(claims.c.vm_uid)
        )
        return made is not None

    async def remove(self, image_uid: str, vm_uid: str) -> bool:
        """Drop a claim; whether there was one."""
        gone = await self._session.scalar(
            delete(claims)
            .where(claims.c.image_uid == image_uid, claims.c.vm_uid == vm_uid)
            .returning(claims.c.vm_uid)
        )
        return gone is not None

    async def holders(self, image_uid: str, *, limit: int) -> tuple[list[str], int]:
        """The first names of machines that hold it, and how many there are."""
        mine = claims.c.image_uid == image_uid
        total = await self._session.scalar(select(func.count()).select_from(claims).where(mine))
        names = select(claims.c.vm_name).where(mine).order_by(claims.c.vm_name).limit(limit)
        return list(await self._session.scalars(names)), int(total or 0)


class CopyRows:
    """What hosts reported of their caches, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def note(self, report: CacheReport, now: datetime) -> bool:
        """Note that a host told something; False, and nothing noted, if it is late news."""
        query = select(host_caches).where(host_caches.c.node_uid == report.node_uid)
        before = (await self._session.execute(query.with_for_update())).one_or_none()
        if before is not None and not report.later_than(before.change_count, before.observe_time):
            return False
        told = {
            "change_count": report.change_count,
            "observe_time": report.observe_time,
            "report_time": now,
        }
        await self._session.execute(
            insert(host_caches)
            .values(node_uid=report.node_uid, **told)
            .on_conflict_do_update(index_elements=[host_caches.c.node_uid], set_=told)
        )
        return True

    async def of_host(self, node_uid: str) -> list[CachedCopy]:
        """What a host said to hold."""
        rows = await self._session.execute(select(copies).where(copies.c.node_uid == node_uid))
        return [
            CachedCopy(
                digest=row.digest,
                state=LocationState(row.state),
                size_bytes=row.size_bytes,
                done_bytes=row.done_bytes,
                pin_count=row.pin_count,
                error=row.error,
                observe_time=row.observe_time,
                change_count=row.change_count,
            )
            for row in rows
        ]

    async def replace(self, node_uid: str, seen: Sequence[CachedCopy]) -> list[str]:
        """Store a whole report; return the digests whose state on this node changed."""
        rows = await self._session.execute(
            select(copies.c.digest, copies.c.state)
            .where(copies.c.node_uid == node_uid)
            .with_for_update()
        )
        before = {row.digest: row.state for row in rows}
        after = {copy.digest: copy for copy in seen}
        gone = before.keys() - after.keys()
        if gone:
            await self._session.execute(
                delete(copies).where(copies.c.node_uid == node_uid, copies.c.digest.in_(gone))
            )
        if after:
            await self._put(node_uid, list(after.values()))
        changed = [d for d, copy in after.items() if before.get(d) != copy.state.value]
        return sorted(gone) + sorted(changed)

    async def _put(self, node_uid: str, seen: Sequence[CachedCopy]) -> None:
        new = insert(copies).values([_columns(node_uid, copy) for copy in seen])
        changing = {
            name: new.excluded[name] for name in _columns(node_uid, seen[0]) if name != "node_uid"
        }
        await self._session.execute(
            new.on_conflict_do_update(
                index_elements=[copies.c.node_uid, copies.c.digest], set_=changing
            )
        )


class TicketKeyRows:
    """The key that tickets are signed with, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def current(self, new_key: Callable[[], bytes]) -> bytes:
        """The key that all copies share; made once."""
        read = select(ticket_keys.c.key).where(ticket_keys.c.id == 1)
        stored = await self._session.scalar(read)
        if stored is None:
            await self._session.execute(
                insert(ticket_keys).values(id=1, key=new_key()).on_conflict_do_nothing()
            )
            stored = await self._session.scalar(read)
        assert stored is not None, "just made, here or by another copy"
        return bytes(stored)


def _referenced() -> ColumnElement[bool]:
    using = (ImageState.STORING.value, ImageState.READY.value)
    return exists().where(images.c.digest == blobs.c.digest, images.c.state.in_(using))


def _old(before: datetime) -> ColumnElement[bool]:
    return blobs.c.unreferenced_since <= before


def _columns(node_uid: str, copy: CachedCopy) -> dict[str, object]:
    return {
        "node_uid": node_uid,
        "digest": copy.digest,
        "state": copy.state.value,
        "size_bytes": copy.size_bytes,
        "done_bytes": copy.done_bytes,
        "pin_count": copy.pin_count,
        "error": copy.error,
        "observe_time": copy.observe_time,
        "change_count": copy.change_count,
    }
