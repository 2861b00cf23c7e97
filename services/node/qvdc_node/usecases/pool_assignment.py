"""Who shall have a storage pool, and what hosts shall do with it: intent and an operation."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.errors import InUse, NotFound
from qvdc_core.operation import Operation
from qvdc_core.request import RequestKey
from qvdc_node.domain.node import Node, NodeUid
from qvdc_node.domain.pool import (
    Assignment,
    StoragePool,
    check_apart,
    given,
    released,
    released_by_all,
)
from qvdc_node.domain.pool_claim import PoolNotAssigned
from qvdc_node.domain.pool_health import PoolWork, pool_event
from qvdc_node.ports.rows import UnitOfWork, UnitsOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOrder:
    """A verb on a pool: who asks, for which of its nodes.

    Args:
        nodes: names; empty for all, where the verb has all.
        wipe: the pool's name once more, to delete its files too.
    """

    name: str
    nodes: tuple[str, ...]
    etag: str
    actor: Actor
    key: RequestKey | None
    validate_only: bool
    wipe: str = ""


@dataclass(frozen=True, slots=True)
class _Change:
    pool: StoragePool
    assignments: Sequence[Assignment]
    kind: str
    text: str


_Changing = Callable[[UnitOfWork, StoragePool, Sequence[Node]], Awaitable[_Change]]


class PoolAssignmentUseCase:
    """The verbs that hosts carry out."""

    def __init__(
        self, unit_of_work: UnitsOfWork, clock: Clock, *, wake: Callable[[], None]
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._wake = wake

    async def assign(self, order: PoolOrder) -> Operation:
        """Give the pool to nodes; those that have it keep it.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused, BeingDeleted: nothing was changed.
            PathInUse: a node has another pool at the path.
        """

        async def change(work: UnitOfWork, pool: StoragePool, nodes: Sequence[Node]) -> _Change:
            pool.require_kept()
            new = await _given(work, pool, nodes)
            return _Change(
                pool, new, "StoragePoolAssigned", f"{pool.name} is given to {_n(nodes)}."
            )

        return await self._order("assign", order, change)

    async def unassign(self, order: PoolOrder) -> Operation:
        """Take the pool from nodes; its files stay.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused, BeingDeleted: nothing was changed.
            InUse: machines there use it.
        """

        async def change(work: UnitOfWork, pool: StoragePool, nodes: Sequence[Node]) -> _Change:
            pool.require_kept()
            uids = [node.uid for node in nodes]
            holders, total = await work.pool_claims.holders(pool.uid, uids)
            if total:
                raise InUse(pool.name, holders, total)
            held = await _held(work, pool)
            left = [released(held[uid], wipe=False) for uid in uids if uid in held]
            text = f"{pool.name} is taken from {_n(nodes)}."
            return _Change(pool, left, "StoragePoolUnassigned", text)

        return await self._order("unassign", order, change)

    async def reconnect(self, order: PoolOrder) -> Operation:
        """Let hosts look at the pool anew.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused, BeingDeleted: nothing was changed.
            PoolNotAssigned: a node does not have it.
        """

        async def change(work: UnitOfWork, pool: StoragePool, nodes: Sequence[Node]) -> _Change:
            asked = [
                replace(each, reconnect_count=each.reconnect_count + 1)
                for each in await _kept(work, pool, nodes)
            ]
            return _Change(pool, asked, "StoragePoolReconnecting", f"{pool.name} is reconnected.")

        return await self._order("reconnect", order, change)

    async def rescan(self, order: PoolOrder) -> Operation:
        """Let hosts list the pool's files anew.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused, BeingDeleted: nothing was changed.
            PoolNotAssigned: a node does not have it.
        """

        async def change(work: UnitOfWork, pool: StoragePool, nodes: Sequence[Node]) -> _Change:
            asked = [
                replace(each, rescan_count=each.rescan_count + 1)
                for each in await _kept(work, pool, nodes)
            ]
            return _Change(pool, asked, "", "")

        return await self._order("rescan", order, change)

    async def delete(self, order: PoolOrder) -> Operation:
        """Let every host let the pool go, then remove it; its files go only with `wipe`.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
            InUse: disks are in it.
            WipeNotConfirmed: `wipe` is not the pool's name.
        """

        async def change(work: UnitOfWork, pool: StoragePool, _: Sequence[Node]) -> _Change:
            wipe = pool.check_wipe(order.wipe) or pool.wipe
            holders, total = await work.pool_claims.holders(pool.uid, None)
            if total:
                raise InUse(pool.name, holders, total)
            gone = replace(pool, deleting=True, wipe=wipe)
            held = released_by_all(gone, list((await _held(work, pool)).values()))
            how = "with its files" if wipe else "and its files stay"
            text = f"{pool.name} is being deleted, {how}."
            return _Change(gone, held, "StoragePoolDeleting", text)

        return await self._order("delete", order, change)

    async def _order(self, verb: str, order: PoolOrder, change: _Changing) -> Operation:
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(order.key, Operation)) is not None:
                return first
            pool = await work.pools.get(order.name, locked=True)
            pool.require(order.etag)
            nodes = await _nodes(work, order.nodes)
            done = await change(work, pool, nodes)
            actor = order.actor.subject
            operation = await work.operations.start(
                verb, target=pool.name, target_uid=pool.uid, requester=actor
            )
            if order.validate_only:
                return operation
            saved = await work.pools.save(done.pool, actor=actor)
            await work.pools.assign(done.assignments)
            uids = frozenset(node.uid for node in nodes)
            await work.pools.begin(
                saved,
                PoolWork(
                    operation=operation.id,
                    verb=verb,
                    nodes=uids,
                    create_time=self._clock.now(),
                ),
            )
            await work.events.append(
                pool_event(saved, done.kind, done.text, actor=actor, operation=operation.id)
            )
            await work.requests.remember(order.key, operation)
            await work.commit()
        self._wake()
        return operation


async def give(work: UnitOfWork, pool: StoragePool, names: Sequence[str]) -> None:
    """Give a new pool to the nodes of these names.

    Raises:
        NotFound: one is not there.
        PathInUse: one has another pool at the path.
    """
    await work.pools.assign(await _given(work, pool, await _nodes(work, names)))


async def _given(
    work: UnitOfWork, pool: StoragePool, nodes: Sequence[Node]
) -> Sequence[Assignment]:
    # Two pools that want the same path of a host meet here; so do a pool and the host's removal.
    for node in sorted(nodes, key=lambda each: each.uid):
        if await work.nodes.lock(node.uid) is None:
            raise NotFound("node", node.name)
    held = await _held(work, pool)
    writers = sum(1 for each in held.values() if each.initialise and not each.releasing)
    new: list[Assignment] = []
    for node in nodes:
        check_apart(pool, node.name, await work.pools.on_node(node.uid))
        first = writers == 0 and not new
        new.append(given(pool, held.get(node.uid), node.uid, first=first))
    return new


async def _held(work: UnitOfWork, pool: StoragePool) -> dict[NodeUid, Assignment]:
    view = await work.pools.view(pool)
    return {each.node_uid: each.assignment for each in view.holdings}


async def _kept(work: UnitOfWork, pool: StoragePool, nodes: Sequence[Node]) -> Sequence[Assignment]:
    pool.require_kept()
    held = {uid: each for uid, each in (await _held(work, pool)).items() if not each.releasing}
    for node in nodes:
        if node.uid not in held:
            raise PoolNotAssigned(pool.name, node.name)
    wanted = {node.uid for node in nodes} or held.keys()
    return [each for uid, each in held.items() if uid in wanted]


async def _nodes(work: UnitOfWork, names: Sequence[str]) -> Sequence[Node]:
    found = {node.name: node for node in await work.nodes.named(names)}
    for name in names:
        if name not in found:
            raise NotFound("node", name)
    return [found[name] for name in dict.fromkeys(names)]


def _n(nodes: Sequence[Node]) -> str:
    return ", ".join(node.name for node in nodes)
