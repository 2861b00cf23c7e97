"""Asks the other hosts whether anybody can renew, and counts.

A control-plane outage must stop no machine: when more than half of the voting hosts find nobody
either, the ladder starts again from the question. A *yes* makes this host try its own renewal at
once and cancels nothing.
"""

import asyncio
from collections.abc import Callable

from qvdc_agent.guardian.adapters.peers import Peers
from qvdc_agent.guardian.domain.members import Ballot, Member
from qvdc_agent.guardian.errors import Refused, Unanswered
from qvdc_agent.guardian.guard import Guard
from qvdc_agent.guardian.member_file import MemberFile
from qvdc_agent.guardian.session import Session
from qvdc_core.clock import Clock
from qvdc_obs.logs import get_logger

log = get_logger(__name__)


class Voting:
    """Keeps the open questions of host `own`.

    Args:
        try_now: has the host's own renewal tried at once.
    """

    def __init__(
        self,
        own: str,
        *,
        members: MemberFile,
        session: Session,
        guard: Guard,
        peers: Peers,
        clock: Clock,
        try_now: Callable[[], None],
    ) -> None:
        self._members = members
        self._session = session
        self._guard = guard
        self._peers = peers
        self._clock = clock
        self._try_now = try_now
        self._ballot = Ballot(own)
        self._asking: set[asyncio.Task[None]] = set()

    def ask(self) -> None:
        """Ask every member; returns at once. Without protected machines nothing is asked."""
        if not self._guard.machines:
            return
        asked_at = self._clock.boottime()
        self._ballot = self._ballot.asked(asked_at)
        self._count()
        for member in self._members.held.others(self._ballot.own):
            task = asyncio.create_task(self._ask(member, asked_at), name="vote")
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    def close(self) -> None:
        """Ask no more."""
        for task in self._asking:
            task.cancel()

    async def _ask(self, member: Member, asked_at: float) -> None:
        try:
            can_renew = await self._peers.can_renew(member, self._members.held.version)
        except (Unanswered, Refused) as error:
            log.debug("vote.unanswered", member=member.uid, why=str(error))
            return
        if can_renew:
            self._try_now()
            return
        self._ballot = self._ballot.no(asked_at, member.uid)
        self._count()

    def _count(self) -> None:
        carried = self._ballot.carried(self._members.held)
        known = self._session.state.voted_at
        if carried is None or (known is not None and carried <= known):
            return
        self._session.voted(carried)
        self._guard.voted(carried)
        log.warning("vote.carried", asked_at=carried, members=len(self._members.held.members))
