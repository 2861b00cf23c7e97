"""The use cases of the service on one store."""

from dataclasses import dataclass

from qvdc_cluster.domain.batch import Batch
from qvdc_cluster.domain.projection import Machine, Node
from qvdc_cluster.usecases.cluster import ClusterUseCases
from qvdc_cluster.usecases.membership import MembershipUseCases
from qvdc_cluster.usecases.placement import PlacementUseCases
from qvdc_cluster.usecases.projection import ProjectionUseCases
from qvdc_core.event import WatchItem, WatchKind
from qvdc_db.store import Store
from tests.cluster_testing.builders import FENCE


@dataclass(frozen=True)
class Service:
    """The use cases of the service on one store."""

    store: Store
    clusters: ClusterUseCases
    membership: MembershipUseCases
    placements: PlacementUseCases
    projections: ProjectionUseCases

    async def tell_nodes(self, *nodes: Node) -> None:
        """A whole snapshot of the node service."""
        items = tuple(WatchItem(WatchKind.SNAPSHOT, "", node) for node in nodes)
        synced: WatchItem[Node] = WatchItem(WatchKind.SYNCED, "t")
        whole = Batch((*items, synced), snapshot=True)
        await self.projections.apply_nodes(whole, fence=FENCE)

    async def tell_machines(self, *machines: Machine) -> None:
        """A whole snapshot of the vm service."""
        items = tuple(WatchItem(WatchKind.SNAPSHOT, "", machine) for machine in machines)
        synced: WatchItem[Machine] = WatchItem(WatchKind.SYNCED, "t")
        whole = Batch((*items, synced), snapshot=True)
        await self.projections.apply_machines(whole, fence=FENCE)
