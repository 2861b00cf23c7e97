"""The projection of clusters' HA settings: follows the cluster service's Watch while leading.

It only ever writes the projection. While the cluster service is away the settings stay as they were
last told: no machine loses its protection for that.
"""

from contextlib import aclosing
from datetime import timedelta

from qvdc_core.errors import Kind, Refusal, StaleFence
from qvdc_core.fence import Fence
from qvdc_obs.logs import get_logger
from qvdc_vm.domain.protection import HaPolicy, HaPolicyGone, HaPolicySynced
from qvdc_vm.ports import Authority, Clusters
from qvdc_vm.reconcile.virtual_machine import Leader
from qvdc_vm.usecases.ha_policy import HaPolicies

LOOP = "vm-clusters"
AGAIN_AFTER = timedelta(seconds=1)
"""Pause after the stream broke."""

log = get_logger(__name__)


class HaPolicyProjector:
    """Keeps the projection of clusters. What it hears twice changes nothing."""

    def __init__(
        self, leader: Leader, clusters: Clusters, policies: HaPolicies, *, authority: Authority
    ) -> None:
        self._leader = leader
        self._clusters = clusters
        self._policies = policies
        self._authority = authority

    async def run(self) -> None:
        """Follow while leading; never ends."""
        await self._leader.run(self.turn, every=AGAIN_AFTER)

    async def turn(self, fence: Fence) -> None:
        """Follow the stream under `fence` until it breaks.

        Raises:
            LeadershipLost, StaleFence: another copy keeps the projection now.
            StoreUnavailable: PostgreSQL is away.
        """
        try:
            await self._follow(fence)
        except StaleFence:
            raise
        except Refusal as refusal:
            if refusal.kind not in (Kind.UNAVAILABLE, Kind.DEADLINE, Kind.CANCELLED):
                raise
            log.info("clusters.stream_broke", cause=refusal.reason)

    async def _follow(self, fence: Fence) -> None:
        named: set[str] = set()
        synced = False
        async with aclosing(self._clusters.changes()) as changes:
            async for change in changes:
                await self._authority.check(fence)
                match change:
                    case HaPolicy():
                        named.add(change.cluster)
                        await self._policies.put(change, fence=fence)
                        continue
                    case HaPolicyGone(cluster):
                        named.discard(cluster)
                    case HaPolicySynced():
                        synced = True
                if synced:
                    await self._policies.keep_only(named, fence=fence)
