"""The cluster service's transaction."""

from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_cluster.store.cluster import ClusterRepository
from qvdc_cluster.store.membership import MembershipRepository
from qvdc_cluster.store.placement import PlacementRepository
from qvdc_cluster.store.pools import PoolRepository
from qvdc_cluster.store.projection import ProjectionRepository
from qvdc_db.unit_of_work import UnitOfWork


class ClusterUnitOfWork(UnitOfWork):
    """One transaction over everything the cluster service keeps."""

    clusters: ClusterRepository
    members: MembershipRepository
    placements: PlacementRepository
    projections: ProjectionRepository
    storage_pools: PoolRepository

    def bind(self, session: AsyncSession) -> None:
        """Make the repositories on `session`."""
        self.clusters = ClusterRepository(session)
        self.members = MembershipRepository(session, self.clock)
        self.placements = PlacementRepository(session)
        self.projections = ProjectionRepository(session, self.clock)
        self.storage_pools = PoolRepository(session)
