"""Files of storage pools and disks of hosts, for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from qvdc_core.clock import Clock
from qvdc_core.page import Page, PageRequest
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pool_claim import PoolNotAssigned
from qvdc_node.domain.pool_file import Device, ListedFile
from qvdc_node.domain.pool_sight import PoolView
from qvdc_node.ports.rows import UnitsOfWork


@dataclass(frozen=True, slots=True)
class FilePage:
    """A page of files.

    Args:
        truncated: names of the nodes that have more than they tell.
        observe_time: of the oldest list that it is made of; None if no host told any.
    """

    page: Page[ListedFile]
    truncated: Sequence[str]
    observe_time: datetime | None


class PoolFilesUseCase:
    """Reads what hosts found."""

    def __init__(self, unit_of_work: UnitsOfWork, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def files(
        self, name: str, *, node: str, orphans_only: bool, page: PageRequest
    ) -> FilePage:
        """Return a page of a pool's files beside the claims; of a shared pool, one host's list.

        Raises:
            NotFound: there is no such pool.
            PoolNotAssigned: the node does not have it.
        """
        async with self._unit_of_work() as work:
            pool = await work.pools.get(name)
            nodes = self._sources(await work.pools.view(pool), node)
            found = await work.pool_files.page(pool, nodes, orphans_only=orphans_only, page=page)
            truncated, observe_time = await work.pool_files.scans(pool, nodes)
        return FilePage(found, truncated, observe_time)

    async def devices(self, node: str, page: PageRequest) -> Page[Device]:
        """Return a page of disks by node and path, of one node or all."""
        async with self._unit_of_work() as work:
            return await work.pool_files.devices(node, page)

    def _sources(self, view: PoolView, node: str) -> Sequence[NodeUid]:
        found = [each for each in view.holdings if not node or each.node == node]
        if node and not found:
            raise PoolNotAssigned(view.pool.name, node)
        if not view.pool.type.shared:
            return [each.node_uid for each in found]
        # The newest list of them all, of hosts that speak if there is one.
        never, now = datetime.min.replace(tzinfo=UTC), self._clock.now()
        newest = max(
            found,
            key=lambda each: (not each.silent(now), each.scan_time or never, each.node),
            default=None,
        )
        return [newest.node_uid] if newest is not None else []
