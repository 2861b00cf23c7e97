"""The projection of nodes: follows the node service's Watch while this copy leads `vm-nodes`.

It only ever writes the projection and marks machines of hosts that stopped living as doubtful.
"""

from contextlib import aclosing
from datetime import timedelta

from qvdc_core.errors import Kind, Refusal, StaleFence
from qvdc_core.fence import Fence
from qvdc_obs.logs import get_logger
from qvdc_vm.domain.host import NodeChanged, NodeRemoved, NodesExpired, NodesSynced
from qvdc_vm.domain.values import HostUid
from qvdc_vm.ports import Authority, Nodes
from qvdc_vm.reconcile.virtual_machine import Leader
from qvdc_vm.usecases.hosts import HostProjection

LOOP = "vm-nodes"
AGAIN_AFTER = timedelta(seconds=1)
"""Pause after the stream broke."""

log = get_logger(__name__)


class NodeProjector:
    """Keeps the projection of nodes. What it hears twice changes nothing."""

    def __init__(
        self, leader: Leader, nodes: Nodes, projection: HostProjection, *, authority: Authority
    ) -> None:
        self._leader = leader
        self._nodes = nodes
        self._projection = projection
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
        token = await self._projection.position()
        try:
            await self._follow(token, fence)
        except StaleFence:
            raise
        except Refusal as refusal:
            if refusal.kind not in (Kind.UNAVAILABLE, Kind.DEADLINE, Kind.CANCELLED):
                raise
            log.info("nodes.stream_broke", cause=refusal.reason)

    async def _follow(self, token: str, fence: Fence) -> None:
        named: set[HostUid] = set()
        async with aclosing(self._nodes.changes(token)) as changes:
            async for change in changes:
                await self._authority.check(fence)
                match change:
                    case NodeChanged(host, token):
                        named.add(host.uid)
                        await self._projection.put(host, token=token, fence=fence)
                    case NodeRemoved(uid, token):
                        await self._projection.remove(uid, token=token, fence=fence)
                    case NodesSynced(token):
                        await self._projection.synced(named, token=token, fence=fence)
                    case NodesExpired():
                        await self._projection.begin_again(fence)
                        return
