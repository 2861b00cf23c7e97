"""Storage pools: made, read, changed; intent alone, no host is called."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.event import WatchItem
from qvdc_core.ids import check_id
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_node.domain.pool import (
    PoolIntent,
    PoolType,
    PoolUid,
    StoragePool,
    checked_id,
    checked_path,
)
from qvdc_node.domain.pool_health import pool_event
from qvdc_node.domain.pool_sight import PoolStanding, PoolView, standing_of
from qvdc_node.ports.pools import PoolChanges, PoolFilter
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.usecases.pool_assignment import give

_UPDATABLE = frozenset(
    {
        "display_name",
        "description",
        "labels",
        "content",
        "overprovision_ratio",
        "reserve_percent",
        "default_provisioning",
    }
)


@dataclass(frozen=True, slots=True)
class SeenPool:
    """A pool, and how it stands by what is known now."""

    pool: StoragePool
    standing: PoolStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolWish:
    """What is asked of a new pool; an id of "" leaves the choice to the service.

    Args:
        nodes: names of those that shall have it from the start.
    """

    id: str
    type: PoolType
    path: str
    intent: PoolIntent
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PoolChange:
    """New values of the masked intent fields, named as those of PoolIntent."""

    intent: PoolIntent
    paths: frozenset[str]

    def applied_to(self, intent: PoolIntent) -> PoolIntent:
        """Return `intent` with the masked fields replaced."""
        changed = {path: getattr(self.intent, path) for path in self.paths & _UPDATABLE}
        return replace(intent, **changed)


class PoolsUseCase:
    """Reads pools, makes them, and changes what is wanted of them."""

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        changes: PoolChanges,
        clock: Clock,
        *,
        new_id: Callable[[], str],
        wake: Callable[[], None],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._changes = changes
        self._clock = clock
        self._new_id = new_id
        self._wake = wake

    async def create(
        self, wish: PoolWish, *, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> SeenPool:
        """Make a pool and give it to the nodes of the wish.

        Raises:
            InvalidField: id or path cannot be.
            PoolNameTaken: the id is taken.
            NotFound: a node is not there.
            PathInUse: a node has another pool at the path.
            IdempotencyKeyReused: the request id came with another wish.
        """
        pool = self._pool(wish, actor)
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, PoolView)) is not None:
                return self._seen(first)
            await work.pools.add(pool)
            await give(work, pool, wish.nodes)
            view = await work.pools.view(pool)
            if validate_only:
                return self._seen(view)
            text = f"{pool.name} was made."
            await work.events.append(
                pool_event(pool, "StoragePoolCreated", text, actor=actor.subject)
            )
            await work.requests.remember(key, view)
            await work.commit()
        self._wake()
        return self._seen(view)

    async def get(self, name: str) -> SeenPool:
        """Return a pool.

        Raises:
            NotFound: there is none.
        """
        async with self._unit_of_work() as work:
            return self._seen(await work.pools.view(await work.pools.get(name)))

    async def page(self, wanted: PoolFilter, page: PageRequest) -> Page[SeenPool]:
        """Return a page of pools by id."""
        async with self._unit_of_work() as work:
            found = await work.pools.page(wanted, page)
        return Page(tuple(self._seen(view) for view in found.items), found.next_token)

    async def watch(self, *, resume_token: str) -> AsyncIterator[WatchItem[SeenPool]]:
        """Stream pools: a snapshot unless there is a token, then every change.

        Raises:
            ResumeExpired: begin again without a token.
        """
        async for item in self._changes.pools(resume_token=resume_token):
            value = self._seen(item.value) if item.value is not None else None
            yield WatchItem(item.kind, item.token, value, item.name, item.uid)

    async def update(
        self,
        name: str,
        change: PoolChange,
        *,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> SeenPool:
        """Change the masked intent fields of a pool; what disks hold already stays held.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused, BeingDeleted: nothing was changed.
        """
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, PoolView)) is not None:
                return self._seen(first)
            pool = await work.pools.get(name, locked=True)
            pool.require(etag)
            pool.require_kept()
            changed = replace(pool, intent=change.applied_to(pool.intent))
            view = await work.pools.view(changed)
            if validate_only:
                return self._seen(view)
            if changed != pool:
                changed = await work.pools.save(changed, actor=actor.subject)
                view = await work.pools.view(changed)
                # Hosts keep the reserve free too.
                held = [each.assignment for each in view.holdings]
                await work.pools.assign(
                    replace(each, generation=each.generation + 1) for each in held
                )
                text = f"{changed.name} was changed."
                await work.events.append(
                    pool_event(changed, "StoragePoolUpdated", text, actor=actor.subject)
                )
            await work.requests.remember(key, view)
            await work.commit()
        return self._seen(view)

    def _pool(self, wish: PoolWish, actor: Actor) -> StoragePool:
        now, uid = self._clock.now(), self._new_id()
        wanted = check_id(wish.id, field="storage_pool_id") if wish.id else f"pool-{uid[:8]}"
        return StoragePool(
            uid=PoolUid(uid),
            id=checked_id(wanted),
            type=wish.type,
            path=checked_path(wish.type, wish.path),
            intent=wish.intent,
            generation=1,
            revision=1,
            create_time=now,
            update_time=now,
            changed_by=actor.subject,
        )

    def _seen(self, view: PoolView) -> SeenPool:
        return SeenPool(view.pool, standing_of(view, self._clock.now()))


def names_of(nodes: Sequence[str]) -> tuple[str, ...]:
    """Return the names in order, each once."""
    return tuple(dict.fromkeys(nodes))
