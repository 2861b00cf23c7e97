"""Brings new nodes into the cluster that their join token named.

Acts every two seconds on the nodes that shall enter a cluster: asks the cluster service, which owns
membership, and ends when the membership is observed. What it answers stands on the node as the
condition ClusterPending; a refusal is asked again every ten seconds. Does not act on a node that
waits for a decision about its identity, and gives way when somebody put the node elsewhere.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from qvdc_coord.leadership import Leadership
from qvdc_core.clock import Clock
from qvdc_core.errors import Kind, Refusal
from qvdc_core.fence import Fence
from qvdc_node.domain.events import mark_events
from qvdc_node.domain.mark import CLUSTER_PENDING, cleared, marked
from qvdc_node.domain.node import Node, NodeUid
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
PERIOD = timedelta(seconds=2)
REFUSED_AGAIN = timedelta(seconds=10)
_PASSING = frozenset({Kind.UNAVAILABLE, Kind.DEADLINE})


class Clusters(Protocol):
    """Who owns membership."""

    async def add(self, node: str, cluster: str) -> None:
        """Ask for the node, by its name, to be a member; a no-op if it is one.

        Raises:
            Refusal: no, or no answer.
        """
        ...


class JoiningReconciler:
    """Compares the wished-for cluster with the observed one. Safe to run twice."""

    def __init__(
        self, leadership: Leadership, clusters: Clusters, unit_of_work: UnitsOfWork, clock: Clock
    ) -> None:
        self._leadership = leadership
        self._clusters = clusters
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._not_before: dict[NodeUid, float] = {}

    async def run(self) -> None:
        """Lead and act, for ever."""
        await self._leadership.run(self.run_once, every=PERIOD)

    async def run_once(self, fence: Fence) -> None:
        """Look at every node that shall enter a cluster once.

        Raises:
            LeadershipLost, StaleFence: another leads.
            StoreUnavailable: PostgreSQL is away; the next turn goes on.
        """
        await self._leadership.check(fence)
        async with self._unit_of_work() as work:
            nodes = await work.nodes.some(await work.nodes.joining())
        self._not_before = {
            node.uid: self._not_before[node.uid] for node in nodes if node.uid in self._not_before
        }
        for node in nodes:
            await self._leadership.check(fence)
            if node.cluster:
                await self._settled(node, fence)
            elif not node.proposal and self._clock.monotonic() >= self._not_before.get(node.uid, 0):
                await self._ask(node, fence)

    async def _ask(self, node: Node, fence: Fence) -> None:
        try:
            await self._clusters.add(node.name, node.joining_cluster)
        except Refusal as refusal:
            passing = refusal.kind in _PASSING
            if not passing:
                again = self._clock.monotonic() + REFUSED_AGAIN.total_seconds()
                self._not_before[node.uid] = again
            reason = "WAITING" if passing else refusal.reason
            await self._note(node.uid, reason, refusal.message, fence)

    async def _note(self, uid: NodeUid, reason: str, message: str, fence: Fence) -> None:
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            node = await work.nodes.lock(uid)
            if node is None or not node.joining_cluster:
                return
            text = f"It shall enter {node.joining_cluster}: {message}"
            shown = next((each for each in node.marks if each.type == CLUSTER_PENDING), None)
            if shown is not None and (shown.reason, shown.message) == (reason, text):
                return
            marks = marked(node.marks, CLUSTER_PENDING, reason, text, self._clock.now())
            saved = await work.nodes.save_marks(replace(node, marks=marks))
            await work.events.append(*mark_events(node, saved))
            await work.commit()
        log.info("joining.waits", node=uid, reason=reason)

    async def _settled(self, seen: Node, fence: Fence) -> None:
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            node = await work.nodes.lock(seen.uid)
            if node is None or not node.cluster:
                return
            marks = cleared(node.marks, CLUSTER_PENDING)
            saved = await work.nodes.save_marks(replace(node, joining_cluster="", marks=marks))
            await work.events.append(*mark_events(node, saved))
            await work.commit()
        log.info("joining.settled", node=node.uid, wanted=node.joining_cluster, is_in=node.cluster)
