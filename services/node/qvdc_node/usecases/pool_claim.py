"""Room in storage pools: taken and given back in one transaction each (ST-4)."""

from dataclasses import dataclass, replace

from qvdc_core.clock import Clock
from qvdc_core.errors import NotFound
from qvdc_core.fence import Fence
from qvdc_core.page import Page, PageRequest
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pool import Provisioning, StoragePool
from qvdc_node.domain.pool_claim import (
    PoolClaim,
    PoolNotAssigned,
    PoolNotReady,
    check_room,
)
from qvdc_node.domain.pool_sight import NodeStanding, standing_of
from qvdc_node.ports.rows import UnitOfWork, UnitsOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomWish:
    """What a disk needs; a provisioning of None is the pool's default."""

    pool: str
    node_uid: NodeUid
    owner_uid: str
    owner: str
    disk_id: str
    size_bytes: int
    provisioning: Provisioning | None


class PoolClaimsUseCase:
    """Takes room for disks and gives it back."""

    def __init__(self, unit_of_work: UnitsOfWork, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def claim(self, wish: RoomWish, fence: Fence) -> PoolClaim:
        """Hold room for one disk; a repeat answers the same, another wish changes it or refuses.

        Raises:
            StaleFence: a newer leader of the loop has spoken.
            NotFound: there is no such pool.
            BeingDeleted, PoolNotAssigned: it cannot be used there.
            PoolNotReady: nobody knows how much room there is.
            PoolOvercommitted: there is too little; with the numbers.
        """
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            pool = await work.pools.get(wish.pool, locked=True)
            held = await work.pool_claims.find(wish.owner_uid, wish.disk_id)
            wanted = self._wanted(pool, wish)
            if held is not None and _same(held, wanted):
                return held
            await self._check(work, pool, held, wanted)
            stored = await work.pool_claims.put(wanted)
            await work.commit()
        return stored

    async def release(self, owner_uid: str, disk_id: str, fence: Fence) -> None:
        """Give the room of a disk back, "" for all of the owner; a no-op if none is held.

        Raises:
            StaleFence: a newer leader of the loop has spoken.
        """
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            for pool, node in sorted(await work.pool_claims.remove(owner_uid, disk_id)):
                # The disk is gone by now: a list that still has it would call it an orphan.
                await work.pools.rescan(pool, node)
            await work.commit()

    async def page(self, owner_uid: str, page: PageRequest) -> Page[PoolClaim]:
        """Return a page of claims by owner and disk, of one owner or all."""
        async with self._unit_of_work() as work:
            return await work.pool_claims.page(owner_uid, page)

    def _wanted(self, pool: StoragePool, wish: RoomWish) -> PoolClaim:
        return PoolClaim(
            owner_uid=wish.owner_uid,
            disk_id=wish.disk_id,
            owner=wish.owner,
            pool_uid=pool.uid,
            node_uid=wish.node_uid,
            size_bytes=wish.size_bytes,
            provisioning=wish.provisioning or pool.intent.default_provisioning,
            create_time=self._clock.now(),
        )

    async def _check(
        self, work: UnitOfWork, pool: StoragePool, held: PoolClaim | None, wanted: PoolClaim
    ) -> None:
        pool.require_kept()
        on_node = await self._usable(work, pool, wanted.node_uid)
        here = None if pool.type.shared else wanted.node_uid
        stays = held is not None and held.pool_uid == pool.uid and (
            pool.type.shared or held.node_uid == wanted.node_uid
        )  # fmt: skip
        held_bytes = held.size_bytes if held is not None and stays else 0
        if wanted.size_bytes <= held_bytes and held is not None and (
            held.provisioning is wanted.provisioning
        ):  # fmt: skip
            return
        taken = await work.pool_claims.taken(pool.uid, here, but=(wanted.owner_uid, wanted.disk_id))
        check_room(
            pool,
            on_node,
            taken,
            needed_bytes=wanted.size_bytes,
            held_bytes=held_bytes,
            provisioning=wanted.provisioning,
        )

    async def _usable(self, work: UnitOfWork, pool: StoragePool, node_uid: NodeUid) -> NodeStanding:
        standing = standing_of(await work.pools.view(pool), self._clock.now())
        on_node = standing.on(node_uid)
        if on_node is None or on_node.holding.assignment.releasing:
            found = await work.nodes.some([node_uid])
            if not found:
                raise NotFound("node", node_uid)
            raise PoolNotAssigned(pool.name, found[0].name)
        if not on_node.state.usable or on_node.reason == "NOT_THE_SAME":
            raise PoolNotReady(pool.name, on_node)
        return on_node


def _same(held: PoolClaim, wanted: PoolClaim) -> bool:
    return held == replace(
        wanted,
        create_time=held.create_time,
        generation=held.generation,
        pool=held.pool,
        node=held.node,
        type=held.type,
    )
