"""Keeps each node's `cluster` field, and how fast its cluster finds silence, as that service says.

Acts on the leader whenever a cluster changed; does not act while the cluster service is away: the
field then stays as it was last told. Membership itself belongs to the cluster service.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Protocol

from qvdc_coord.leadership import Leadership
from qvdc_core.errors import Refusal
from qvdc_core.event import EventDraft
from qvdc_core.fence import Fence
from qvdc_node.domain.events import node_event
from qvdc_node.domain.member_set import ClusterView
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
AGAIN_AFTER = timedelta(seconds=5)


class Membership(Protocol):
    """Where membership comes from."""

    def follow(self) -> AsyncIterator[Mapping[str, ClusterView]]:
        """Yield cluster name -> cluster, whole, whenever something may have changed."""
        ...


class MembershipReconciler:
    """Writes the projection of membership. Safe to run twice: it states all of it each time."""

    def __init__(
        self, leadership: Leadership, membership: Membership, unit_of_work: UnitsOfWork
    ) -> None:
        self._leadership = leadership
        self._membership = membership
        self._unit_of_work = unit_of_work

    async def run(self) -> None:
        """Lead and follow, for ever."""
        await self._leadership.run(self.run_once, every=AGAIN_AFTER)

    async def run_once(self, fence: Fence) -> None:
        """Follow until the stream ends.

        Raises:
            LeadershipLost, StaleFence: another leads.
            StoreUnavailable: a store is away.
        """
        try:
            async for clusters in self._membership.follow():
                await self._leadership.check(fence)
                await self._write(clusters, fence)
        except Refusal as refusal:
            if refusal.reason == "STALE_FENCE":
                raise
            log.info("membership.stream_ended", why=str(refusal))

    async def _write(self, clusters: Mapping[str, ClusterView], fence: Fence) -> None:
        members = {node: name for name, each in clusters.items() for node in each.nodes}
        detection = {name: each.detection_seconds for name, each in clusters.items()}
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            changed = await work.nodes.assign_cluster(members)
            await work.cluster_terms.replace(detection)
            drafts: list[EventDraft] = [node_event(node) for node in changed]
            await work.events.append(*drafts)
            await work.commit()
