"""Removed hosts: listed, let in again, forgotten."""

from dataclasses import replace
from datetime import timedelta

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.event import Change, EventDraft
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_node.domain.node import Tombstone
from qvdc_node.ports.rows import UnitsOfWork

KEPT = timedelta(days=365)


class TombstonesUseCase:
    """The verbs of tombstones."""

    def __init__(self, unit_of_work: UnitsOfWork, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def get(self, name: str) -> Tombstone:
        """Return a tombstone.

        Raises:
            NotFound: there is none.
        """
        async with self._unit_of_work() as work:
            return await work.tombstones.get(name)

    async def page(self, query: str, page: PageRequest) -> Page[Tombstone]:
        """Return a page of tombstones by machine uuid."""
        async with self._unit_of_work() as work:
            return await work.tombstones.page(query, page)

    async def readmit(
        self, name: str, *, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> Tombstone:
        """Let the host come back by its certificate, under its old id. A no-op if it may.

        Raises:
            NotFound, IdempotencyKeyReused: nothing was changed.
        """
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Tombstone)) is not None:
                return first
            stone = await work.tombstones.get(name)
            readmitted = replace(stone, readmitted=True)
            if validate_only:
                return readmitted
            if not stone.readmitted:
                await work.tombstones.readmit(stone)
                text = f"The removed host {stone.uid} may come back as nodes/{stone.id}."
                await work.events.append(_event(stone, "HostReadmitted", text, actor))
            await work.requests.remember(key, readmitted)
            await work.commit()
        return readmitted

    async def delete(
        self, name: str, *, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> None:
        """Forget that the host was removed; it may join as a stranger.

        Raises:
            NotFound, IdempotencyKeyReused: nothing was changed.
        """
        async with self._unit_of_work() as work:
            if await work.requests.repeated(key):
                return
            stone = await work.tombstones.get(name)
            if validate_only:
                return
            await work.tombstones.remove(stone.uid)
            text = f"It is forgotten that the host {stone.uid} was removed."
            await work.events.append(_event(stone, "TombstoneDeleted", text, actor))
            await work.commit()

    async def throw_old_away(self) -> None:
        """Forget hosts that were removed more than a year ago.

        Raises:
            StoreUnavailable: PostgreSQL is away.
        """
        async with self._unit_of_work() as work:
            await work.tombstones.throw_away(self._clock.now() - KEPT)
            await work.commit()


def _event(stone: Tombstone, kind: str, text: str, actor: Actor) -> EventDraft:
    return EventDraft(
        subject=stone.name,
        subject_uid=stone.uid,
        kind=kind,
        change=Change.NONE,
        actor=actor.subject,
        text=text,
        details={"node_id": stone.id, "machine_uuid": stone.uid},
    )
