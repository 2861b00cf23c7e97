"""Placement: plans, and the capacity that they take."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from qvdc_cluster.domain.claim import Claim, NoPlacement, PlacementPlan
from qvdc_cluster.domain.cluster import Cluster
from qvdc_cluster.domain.placement import Demand, Policy, Verdict, plan, wished_pool
from qvdc_cluster.domain.storage import PREFIX
from qvdc_cluster.ports import Begin, UnitOfWork
from qvdc_core.clock import Clock
from qvdc_core.fence import Fence
from qvdc_core.ids import Name

NODES = "nodes"
MACHINES = "vms"
STORAGE_POOLS = "storage-pools"
ORPHAN_AGE = timedelta(minutes=10)
"""How old a claim must be before a machine that nobody knows loses it."""


class PlacementUseCases:
    """The verbs of placement.

    Args:
        reread: asks for the projections to be read anew; returns at once.
    """

    def __init__(self, begin: Begin, clock: Clock, reread: Callable[[], None]) -> None:
        self._begin = begin
        self._clock = clock
        self._reread = reread
        self._queue = asyncio.Lock()

    async def plan(self, demand: Demand) -> PlacementPlan:
        """Say where a machine would be placed and why; changes nothing.

        Raises:
            NotFound: no such cluster.
        """
        async with self._begin() as work:
            cluster = await work.clusters.get(Name.parse(demand.cluster, "clusters"))
            return await self._planned(work, cluster, demand)

    async def claim(self, vm_uid: str, vm: str, demand: Demand, *, fence: Fence) -> Claim:
        """Choose a host and take the capacity, in one step.

        A machine that holds a claim gets that claim again, whatever it demands now; release it
        first to have it placed anew.

        Raises:
            NoPlacement: no host can take it, with a verdict a host.
            StaleFence: a newer leader of the loop has spoken.
            NotFound: no such cluster.
        """
        # Claims of a cluster come one after the other anyway: waiting here holds no connection.
        async with self._queue, self._begin() as work:
            await work.fences.check(fence)
            cluster = await work.clusters.lock(Name.parse(demand.cluster, "clusters"))
            if (held := await work.placements.find(vm_uid)) is not None:
                await work.commit()
                return held
            planned = await self._planned(work, cluster, demand)
            chosen = planned.decision.chosen
            if chosen is None:
                raise NoPlacement(demand, planned.decision)
            claim = Claim(
                vm_uid=vm_uid,
                vm=vm,
                cluster_uid=cluster.uid,
                node=chosen.node,
                node_uid=chosen.node_uid,
                demand=demand,
                pool=_pool_of(chosen, demand),
                generation=1,
                create_time=self._clock.now(),
                plan=planned,
            )
            await work.placements.put(claim)
            await work.commit()
        return claim

    async def release(self, vm_uid: str, *, fence: Fence) -> None:
        """Give the capacity of a machine back; a no-op if none is held.

        Raises:
            StaleFence: a newer leader of the loop has spoken.
        """
        async with self._begin() as work:
            await work.fences.check(fence)
            await work.placements.release(vm_uid)
            await work.commit()

    async def release_orphans(self, *, fence: Fence) -> Sequence[str]:
        """Release claims of machines that the vm service does not know; name those machines.

        Young claims stay: their machine may not have been told of yet. So does everything while
        the vm service was not heard for three heartbeats.

        Raises:
            StaleFence: another copy does this now.
        """
        now = self._clock.now()
        async with self._begin() as work:
            await work.fences.check(fence)
            if (await work.projections.freshness(MACHINES)).stale(now):
                return ()
            released = await work.placements.release_orphans(older_than=now - ORPHAN_AGE)
            await work.commit()
        return released

    async def _planned(self, work: UnitOfWork, cluster: Cluster, demand: Demand) -> PlacementPlan:
        now = self._clock.now()
        intent = cluster.intent
        policy = Policy(intent.overcommit, intent.drs.policy, intent.default_storage_pool)
        nouns = [NODES, MACHINES, *([STORAGE_POOLS] if wished_pool(demand, policy) else [])]
        known = [await work.projections.freshness(noun) for noun in nouns]
        stale = any(freshness.stale(now) for freshness in known)
        if stale:
            self._reread()
        ages = [freshness.age(now) for freshness in known]
        oldest = None if None in ages else max(age or timedelta() for age in ages)
        decision = plan(demand, await work.placements.hosts(cluster.uid), policy)
        return PlacementPlan(decision, oldest, stale)


def _pool_of(chosen: Verdict, demand: Demand) -> str:
    """Where the disks are promised; a storage pool also while their sizes are not known yet."""
    stored = chosen.pool.startswith(PREFIX)
    return chosen.pool if stored or demand.disk_bytes else ""
