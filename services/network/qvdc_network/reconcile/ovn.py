"""Keeping OVN as the networks and ports are wanted.

Acts at once after a change of intent, a host's report, a reconnection to OVN, a change of one of
our rows by somebody else, and a port that was bound or let go; every 5 s while something is not
as wanted or was changed by a copy whose ring was not heard; and every 30 s in any case. Each pass
compares everything afresh, so a lost wake-up delays and never loses. Does not touch rows without
our ids, and does nothing while it does not lead.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from qvdc_coord.leadership import Leadership
from qvdc_core.clock import Clock
from qvdc_core.event import Change, EventDraft, Severity
from qvdc_core.fence import Fence
from qvdc_network.domain import ovn_settle
from qvdc_network.domain.network import Network, NetworkPhase
from qvdc_network.domain.ovn_plan import Step, by_network, describe, diff
from qvdc_network.domain.ovn_settle import Outcome, Wanted
from qvdc_network.domain.port import Port, PortObservation, PortStatus
from qvdc_network.domain.refusals import OvnRefused, OvnUnavailable
from qvdc_network.ports import Ovn, UnitOfWork, Work
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

LOOP = "ovn"
ACTOR = "service/network"
PERIOD = timedelta(seconds=5)
WHOLE_EVERY = timedelta(seconds=30)
"""How often a pass comes though nothing is known to have happened; drift is found within it."""
CHUNK = 200
"""Ports written in one transaction."""
NORTHD_PATIENCE = timedelta(seconds=5)
"""How long a pass waits for northd; a later pass looks again."""


class Connected(Protocol):
    """A gauge: 1 while OVN answers."""

    def set(self, value: float) -> None:
        """Show `value`."""
        ...


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the last pass was about: the leader's fence, the newest event, the monotonic time."""

    fence: Fence | None = None
    stamp: int = 0
    time: float = 0


class OvnReconciler:
    """Brings OVN to what is stored, and stores what OVN and the hosts show.

    Safe to run twice: OVN and PostgreSQL refuse what carries an older fence.

    Args:
        stale_after: a host silent for longer is not believed any more.
    """

    def __init__(
        self,
        leadership: Leadership,
        *,
        unit_of_work: UnitOfWork,
        ovn: Ovn,
        clock: Clock,
        stale_after: timedelta,
        connected: Connected,
    ) -> None:
        self._leadership = leadership
        self._unit_of_work = unit_of_work
        self._ovn = ovn
        self._clock = clock
        self._stale_after = stale_after
        self._connected = connected
        self._stirred = True
        self._seen = _Seen()

    async def run(self) -> None:
        """Campaign, and lead passes while leading. Never ends."""
        await self._leadership.run(self._turn, every=PERIOD)

    def wake(self) -> None:
        """Make a pass come now."""
        self._stirred = True
        self._leadership.wake()

    async def run_once(self, fence: Fence) -> bool:
        """One pass; whether everything is as it is wanted.

        Raises:
            LeadershipLost, StaleFence: another leads.
            StoreUnavailable: PostgreSQL is away.
        """
        wanted = await self._wanted()
        try:
            outcome, mended = await self._bring(wanted, fence)
        except OvnUnavailable as unavailable:
            self._connected.set(0)
            log.warning("ovn.away", database=unavailable.which)
            await self._note_away(wanted, unavailable, fence)
            return False
        self._connected.set(1)
        await self._settle(wanted, outcome, mended, fence)
        return outcome.processed and not outcome.remaining and not outcome.refused

    async def _turn(self, fence: Fence) -> None:
        async with self._unit_of_work() as work:
            stamp = await work.networks.stamp()
        now = self._clock.monotonic()
        quiet = not self._stirred and self._seen.fence == fence and self._seen.stamp == stamp
        if quiet and now - self._seen.time < WHOLE_EVERY.total_seconds():
            return
        self._stirred = False
        try:
            done = await self.run_once(fence)
        except BaseException:
            self._stirred = True
            raise
        self._stirred = self._stirred or not done
        self._seen = _Seen(fence, stamp, now)

    async def _wanted(self) -> Wanted:
        async with self._unit_of_work() as work:
            return Wanted(
                tuple(await work.networks.everything()),
                tuple(await work.ports.everything()),
                await work.reports.plugs(),
            )

    async def _bring(
        self, wanted: Wanted, fence: Fence
    ) -> tuple[Outcome, Mapping[str, Sequence[Step]]]:
        rows = wanted.rows()
        view = await self._ovn.look()
        steps = by_network(diff(rows, view.rows))
        refused: dict[str, str] = {}
        for uid, each in steps.items():
            await self._leadership.check(fence)
            try:
                await self._ovn.apply(each, fence=fence)
            except OvnRefused as refusal:
                refused[uid] = refusal.message
            else:
                log.info("ovn.applied", network=uid, steps=describe(each))
        if steps or not view.processed:
            await self._ovn.processed(within=NORTHD_PATIENCE)
            view = await self._ovn.look()
        remaining = by_network(diff(rows, view.rows))
        mended = ovn_settle.drifted(wanted, steps)
        return Outcome(remaining, view.processed, view.bindings, refused), mended

    async def _note_away(self, wanted: Wanted, why: OvnUnavailable, fence: Fence) -> None:
        message = f"OVN's {why.which} database is away; this goes on when it is back."
        found = [(each, ovn_settle.away(each, message)) for each in wanted.networks]
        changes = [(network, seen) for network, seen in found if seen is not None]
        if not changes:
            return
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            for network, seen in changes:
                stored = await work.networks.observe(network.uid, seen)
                await _tell_network(work, stored)
            await work.commit()

    async def _settle(
        self,
        wanted: Wanted,
        outcome: Outcome,
        mended: Mapping[str, Sequence[Step]],
        fence: Fence,
    ) -> None:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            for network in wanted.networks:
                if network.uid in mended and network.uid not in outcome.refused:
                    await work.events.append(_drift(network, mended[network.uid]))
            await self._settle_networks(work, wanted, outcome, now)
            await work.commit()
        await self._settle_ports(wanted, outcome, now, fence)

    async def _settle_networks(
        self, work: Work, wanted: Wanted, outcome: Outcome, now: datetime
    ) -> None:
        as_before: list[str] = []
        for network in wanted.networks:
            if ovn_settle.gone(network, outcome):
                await work.networks.remove(network.uid)
                await work.events.append(_deleted(network))
            elif (seen := ovn_settle.network_seen(network, outcome, now)) is not None:
                stored = await work.networks.observe(network.uid, seen)
                await _tell_network(work, stored)
            elif outcome.processed and ovn_settle.to_confirm(network.observed.time, now):
                as_before.append(network.uid)
        await work.networks.confirm(as_before, now)

    async def _settle_ports(
        self, wanted: Wanted, outcome: Outcome, now: datetime, fence: Fence
    ) -> None:
        seen: dict[str, PortObservation] = {}
        as_before: list[str] = []
        for port in wanted.ports:
            plugs = wanted.plugs.get(port.uid, ())
            found = ovn_settle.port_seen(port, plugs, outcome, now, self._stale_after)
            if found is not None:
                seen[port.uid] = found
            elif ovn_settle.to_confirm(port.observed.time, now):
                as_before.append(port.uid)
        before = {port.uid: port.observed.status for port in wanted.ports}
        for uids in _chunks(seen):
            async with self._unit_of_work() as work:
                await work.fences.check(fence)
                stored = await work.ports.observe({uid: seen[uid] for uid in uids})
                await work.events.append(*(_port_told(port, before[port.uid]) for port in stored))
                await work.commit()
        for uids in _chunks(as_before):
            async with self._unit_of_work() as work:
                await work.fences.check(fence)
                await work.ports.confirm(uids, now)
                await work.commit()


def _chunks(uids: Iterable[str]) -> Iterator[Sequence[str]]:
    """A few at a time: a long transaction would hold up every Watch."""
    left = list(uids)
    while left:
        yield left[:CHUNK]
        left = left[CHUNK:]


async def _tell_network(work: Work, network: Network | None) -> None:
    if network is None:
        return
    phase = network.observed.phase
    ready = network.settled and network.delete_time is None
    kinds = {NetworkPhase.ERROR: "NetworkDegraded"}
    await work.events.append(
        EventDraft(
            subject=network.name,
            subject_uid=network.uid,
            kind="NetworkReady" if ready else kinds.get(phase, ""),
            change=Change.CHANGED,
            revision=network.revision,
            severity=Severity.ERROR if phase is NetworkPhase.ERROR else Severity.INFO,
            actor=ACTOR,
            text=f"{network.name} is {phase.value}. {network.observed.message}".strip(),
        )
    )


def _port_told(port: Port, before: PortStatus) -> EventDraft:
    now = port.observed.status
    kind = ""
    if now is PortStatus.ACTIVE and before is not now:
        kind = "PortBound"
    elif before is PortStatus.ACTIVE and now is PortStatus.DOWN:
        kind = "PortDown"
    return EventDraft(
        subject=port.name,
        subject_uid=port.uid,
        kind=kind,
        change=Change.CHANGED,
        revision=port.revision,
        actor=ACTOR,
        severity=Severity.WARNING if kind == "PortDown" else Severity.INFO,
        text=f"{port.name} is {now.value}. {port.observed.message}".strip(),
        details={"node_uid": port.observed.node_uid, "owner": port.owner},
    )


def _drift(network: Network, steps: Sequence[Step]) -> EventDraft:
    return EventDraft(
        subject=network.name,
        subject_uid=network.uid,
        kind="DriftRepaired",
        severity=Severity.WARNING,
        actor=ACTOR,
        text=f"OVN differed from what is wanted of {network.name} and was mended:"
        f" {describe(steps)}.",
        details={"row_count": str(len(steps))},
    )


def _deleted(network: Network) -> EventDraft:
    return EventDraft(
        subject=network.name,
        subject_uid=network.uid,
        kind="NetworkDeleted",
        change=Change.DELETED,
        revision=network.revision + 1,
        actor=ACTOR,
        text=f"{network.name} was deleted.",
    )
