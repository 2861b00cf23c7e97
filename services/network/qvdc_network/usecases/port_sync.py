"""Hearing which ports hosts have plugged; writes observed state only."""

from datetime import timedelta

from qvdc_core.actor import Actor, ActorKind
from qvdc_core.clock import Clock
from qvdc_core.event import EventDraft
from qvdc_network.domain.refusals import IdentityMismatch
from qvdc_network.domain.report import Answer, ConflictKind, HostReport, compared, host_hash
from qvdc_network.ports import UnitOfWork, Work

BELIEVED_FOR = timedelta(seconds=45)
"""A host silent for longer is not believed to have a port plugged."""


class PortReports:
    """The hosts' reports of plugged ports. Safe to repeat and to reorder."""

    def __init__(self, *, unit_of_work: UnitOfWork, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._heard_whole: set[str] = set()

    async def report(self, report: HostReport, *, actor: Actor) -> Answer:
        """Store what a host has plugged, and answer where it differs from what was known.

        Everything is asked for when the host's hash is not that of what is stored, and when this
        process has not heard everything of it yet. Late news changes nothing.

        Raises:
            IdentityMismatch: a host speaks for another.
        """
        if actor.kind is not ActorKind.NODE or actor.short_name != report.node_uid:
            raise IdentityMismatch(report.node_uid)
        async with self._unit_of_work() as work:
            if not await work.reports.note(report, self._clock.now()):
                return Answer(state_hash=host_hash(await work.reports.of_host(report.node_uid)))
            answer = await self._short(work, report)
            if not report.unchanged:
                answer = await self._whole(work, report)
            await work.commit()
        if not report.unchanged:
            self._heard_whole.add(report.node_uid)
        return answer

    async def _short(self, work: Work, report: HostReport) -> Answer:
        own = host_hash(await work.reports.of_host(report.node_uid))
        heard = report.node_uid in self._heard_whole
        return Answer(
            state_hash=own,
            request_full=not report.error and (report.state_hash not in ("", own) or not heard),
        )

    async def _whole(self, work: Work, report: HostReport) -> Answer:
        told = {each.port_uid: each for each in report.ports}
        stored = {each.port_uid: each for each in await work.reports.of_host(report.node_uid)}
        heard_since = self._clock.now() - BELIEVED_FOR
        conflicts = compared(
            told,
            stored,
            known=await work.reports.known(told),
            elsewhere=await work.reports.elsewhere(report.node_uid, told, since=heard_since),
        )
        if await work.reports.replace(report.node_uid, told, stored):
            # Told to nobody, but it wakes the loop wherever that runs.
            await work.events.append(EventDraft(subject=f"nodes/{report.node_uid}"))
        unknown = sum(each.kind is ConflictKind.MISSING_IN_INVENTORY for each in conflicts)
        return Answer(
            state_hash=host_hash(told.values()),
            conflicts=conflicts,
            reconciled=len(told) - unknown,
            discovered=unknown,
            lost=len(stored.keys() - told.keys()),
        )
