"""One transaction of the node service."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.clock import Clock
from qvdc_db.store import Store
from qvdc_db.unit_of_work import UnitOfWork
from qvdc_node.store.fence_intent import FenceIntentRows
from qvdc_node.store.join_token import JoinTokenRows
from qvdc_node.store.member_set import MemberSetRows
from qvdc_node.store.node import NodeRows
from qvdc_node.store.pairing import PairingRows
from qvdc_node.store.placement import PlacementRows
from qvdc_node.store.pool import PoolRows
from qvdc_node.store.pool_claim import PoolClaimRows
from qvdc_node.store.pool_file import PoolFileRows
from qvdc_node.store.pool_sight import PoolSightRows
from qvdc_node.store.power import PowerActionRows
from qvdc_node.store.terms import ClusterTermsRows
from qvdc_node.store.tombstone import TombstoneRows

SCHEMA = "node"
MIGRATIONS = Path(__file__).parent / "migrations"


class NodeUnitOfWork(UnitOfWork):
    """The generic repositories, and those of nodes and tokens."""

    nodes: NodeRows
    tombstones: TombstoneRows
    join_tokens: JoinTokenRows
    placements: PlacementRows
    member_sets: MemberSetRows
    pools: PoolRows
    pool_sights: PoolSightRows
    pool_claims: PoolClaimRows
    pool_files: PoolFileRows
    power_actions: PowerActionRows
    cluster_terms: ClusterTermsRows
    fence_intents: FenceIntentRows
    pairings: PairingRows

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store)
        self._clock = clock

    def bind(self, session: AsyncSession) -> None:
        """Make the repositories on `session`."""
        self.nodes = NodeRows(session, self._clock)
        self.tombstones = TombstoneRows(session)
        self.join_tokens = JoinTokenRows(session)
        self.placements = PlacementRows(session)
        self.member_sets = MemberSetRows(session, self._clock)
        self.pools = PoolRows(session, self._clock)
        self.pool_sights = PoolSightRows(session)
        self.pool_claims = PoolClaimRows(session)
        self.pool_files = PoolFileRows(session)
        self.power_actions = PowerActionRows(session)
        self.cluster_terms = ClusterTermsRows(session)
        self.fence_intents = FenceIntentRows(session, self._clock)
        self.pairings = PairingRows(session)
