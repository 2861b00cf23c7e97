"""Publishes which hosts' certificates open nothing any more.

Acts on the leader every three seconds: makes the list in etcd equal to the hosts that were removed
and not let in again, as PostgreSQL has them; an emptied etcd gets the whole list again. The other
services refuse the hosts on it.
"""

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Protocol

from qvdc_coord.leadership import Leadership
from qvdc_core.fence import Fence
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
PERIOD = timedelta(seconds=3)
REASON = "NODE_REMOVED"


class Publish(Protocol):
    """Where the list is read by all."""

    def __call__(self, fence: Fence, wanted: Mapping[str, str], /) -> Awaitable[int]:
        """Make `wanted`, uid -> reason, all that is revoked; return how many entries changed."""
        ...


class RevocationReconciler:
    """Compares tombstones with the list. Safe to run twice: it states all of it each time."""

    def __init__(self, leadership: Leadership, publish: Publish, unit_of_work: UnitsOfWork) -> None:
        self._leadership = leadership
        self._publish = publish
        self._unit_of_work = unit_of_work

    async def run(self) -> None:
        """Lead and act, for ever."""
        await self._leadership.run(self.run_once, every=PERIOD)

    async def run_once(self, fence: Fence) -> None:
        """Bring the list up to date.

        Raises:
            LeadershipLost, StaleFence: another leads.
            StoreUnavailable: a store is away; the next turn goes on.
        """
        await self._leadership.check(fence)
        async with self._unit_of_work() as work:
            removed = await work.tombstones.standing()
        changed = await self._publish(fence, dict.fromkeys(removed, REASON))
        if changed:
            log.info("revocations.published", changed=changed, revoked=len(removed))
