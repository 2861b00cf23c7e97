"""Keeps the member set of each cluster: who votes when the control plane is silent.

Acts every two seconds on the leader, when a host came to a cluster or left it, is in maintenance
and empty, came back from there, or moved; and on all sets after the site term rose. Does not act on
silence: a host that is OFFLINE stays a member.
"""

from datetime import timedelta

from qvdc_coord.leadership import Leadership
from qvdc_core.fence import Fence
from qvdc_node.domain.member_set import due, members_of
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
PERIOD = timedelta(seconds=2)


class MemberSetReconciler:
    """Writes new versions of member sets. Safe to run twice: an older leader writes nothing."""

    def __init__(self, leadership: Leadership, unit_of_work: UnitsOfWork) -> None:
        self._leadership = leadership
        self._unit_of_work = unit_of_work

    async def run(self) -> None:
        """Lead and act, for ever."""
        await self._leadership.run(self.run_once, every=PERIOD)

    async def run_once(self, fence: Fence) -> None:
        """Bring every set up to date.

        Raises:
            LeadershipLost, StaleFence: another leads.
            StoreUnavailable: PostgreSQL is away; the next turn goes on.
        """
        await self._leadership.check(fence)
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            wanted = members_of(await work.member_sets.voters())
            stored = await work.member_sets.newest()
            new = due(wanted, stored, site_term=fence.site_term)
            if not new:
                return
            await work.member_sets.add(new)
            await work.commit()
        for each in new:
            uids = [member.uid for member in each.members]
            log.info("members.changed", cluster=each.cluster, version=each.version, members=uids)
