"""Keeping what other services tell, and judging clusters anew by it."""

from qvdc_cluster.domain.batch import Batch
from qvdc_cluster.domain.projection import Machine, Node
from qvdc_cluster.domain.storage import PoolNews
from qvdc_cluster.ports import Begin
from qvdc_cluster.usecases.announce import announce_all
from qvdc_core.fence import Fence

NODES = "nodes"
MACHINES = "vms"
STORAGE_POOLS = "storage-pools"
ACTOR = "service/cluster"


class ProjectionUseCases:
    """Applies what the owners' Watch streams tell; repeating a batch changes nothing."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    async def resume_token(self, noun: str) -> str:
        """Where to go on in the owner's Watch; "" for a new snapshot."""
        async with self._begin() as work:
            return (await work.projections.freshness(noun)).resume_token

    async def begin_anew(self, noun: str, *, fence: Fence) -> None:
        """Forget where to go on; what is known stays until the next snapshot is whole.

        Raises:
            StaleFence: another copy follows the stream now.
        """
        async with self._begin() as work:
            await work.fences.check(fence)
            await work.projections.heard(noun, "")
            await work.commit()

    async def apply_nodes(self, batch: Batch[Node], *, fence: Fence) -> None:
        """Store what `batch` says of nodes.

        Raises:
            StaleFence: another copy follows the stream now.
        """
        newest = {node.uid: node for node in batch.told()}
        async with self._begin() as work:
            await work.fences.check(fence)
            await work.projections.put_nodes(list(newest.values()))
            if batch.snapshot:
                await work.projections.keep_only_nodes(list(newest))
            for uid in batch.gone():
                await work.projections.remove_node(uid)
            await work.projections.heard(NODES, batch.token)
            if not batch.silent:
                await announce_all(work, ACTOR)
            await work.commit()

    async def apply_machines(self, batch: Batch[Machine], *, fence: Fence) -> None:
        """Store what `batch` says of machines.

        Raises:
            StaleFence: another copy follows the stream now.
        """
        newest = {machine.uid: machine for machine in batch.told()}
        async with self._begin() as work:
            await work.fences.check(fence)
            await work.projections.put_machines(list(newest.values()))
            if batch.snapshot:
                await work.projections.keep_only_machines(list(newest))
            for uid in batch.gone():
                await work.projections.remove_machine(uid)
            await work.projections.heard(MACHINES, batch.token)
            if not batch.silent:
                await announce_all(work, ACTOR)
            await work.commit()

    async def apply_storage_pools(self, batch: Batch[PoolNews], *, fence: Fence) -> None:
        """Store what `batch` says of storage pools.

        Raises:
            StaleFence: another copy follows the stream now.
        """
        newest = {pool.uid: pool for pool in batch.told()}
        async with self._begin() as work:
            await work.fences.check(fence)
            await work.storage_pools.put(list(newest.values()))
            if batch.snapshot:
                await work.storage_pools.keep_only(list(newest))
            for uid in batch.gone():
                await work.storage_pools.remove(uid)
            await work.projections.heard(STORAGE_POOLS, batch.token)
            await work.commit()
