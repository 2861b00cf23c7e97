"""Hearing hosts: observed state is written here and nowhere else."""

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.errors import Kind, Refusal
from qvdc_vm.domain.observation import Conflict, Sighting, view_hash
from qvdc_vm.domain.report import (
    Answer,
    Report,
    conflict_kind,
    heard,
    outcome_of,
    unheard,
)
from qvdc_vm.domain.telling import told
from qvdc_vm.domain.values import HostUid
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.ports import Transactions, UnitOfWork
from qvdc_vm.usecases.unmanaged import forget_unnamed, note_unaccounted


class IdentityMismatch(Refusal):
    """A host speaks for another one."""

    kind = Kind.DENIED
    reason = "IDENTITY_MISMATCH"

    def __init__(self, said: str, proved: str) -> None:
        super().__init__(
            f"The certificate is that of {proved}, the report that of {said}.", node_uid=said
        )


class Observations:
    """Takes in what hosts see. Safe to repeat and to reorder: late news changes nothing."""

    def __init__(self, transactions: Transactions, *, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock
        self._heard_whole: set[HostUid] = set()

    async def report(self, report: Report, *, actor: Actor) -> Answer:
        """Store what a host tells, and answer where it differs from what is known.

        Everything is asked for when the host's hash is not that of what is stored, when the host
        booted, and when this process has not heard everything of it yet.

        Raises:
            IdentityMismatch: the report is not the caller's own.
        """
        if actor.short_name != report.host:
            raise IdentityMismatch(report.host, actor.short_name)
        conflicts = [
            conflict
            for sighting in report.sightings
            if (conflict := await self.sighting(report.host, sighting)) is not None
        ]
        if report.full:
            conflicts += await self._missing(report)
        async with self._transactions() as work:
            rebooted = await work.hosts.note_report(report.host, report.boot_id, self._clock.now())
            own = view_hash(await work.machines.view_of(report.host))
            await work.commit()
        if report.full:
            self._heard_whole.add(report.host)
        differs = report.state_hash not in ("", own)
        wanted = differs or rebooted or report.host not in self._heard_whole
        return Answer(
            state_hash=own,
            request_full=wanted and not report.full,
            conflicts=tuple(conflicts),
            outcome=outcome_of(report, conflicts) if report.full else None,
        )

    async def sighting(self, host: HostUid, sighting: Sighting) -> Conflict | None:
        """Store what one host sees of one machine; return where they differ."""
        async with self._transactions() as work:
            conflict, changed = await self._hear(work, host, sighting)
            if changed:
                await work.commit()
        return conflict

    async def answered(self, host: HostUid, sighting: Sighting) -> None:
        """Store what a host answered about one machine when it was asked."""
        async with self._transactions() as work:
            await self._hear(work, host, sighting)
            await work.hosts.note_answer(host, self._clock.now())
            await work.commit()

    async def _hear(
        self, work: UnitOfWork, host: HostUid, sighting: Sighting
    ) -> tuple[Conflict | None, bool]:
        machine = await work.machines.find(sighting.uid, lock=True)
        after, conflict = heard(machine, sighting, host, self._clock.now())
        if machine is None or machine.terminate_time is not None or machine.node_uid != host:
            return conflict, await note_unaccounted(work, host, sighting, machine)
        if after is None or after == machine:
            return conflict, False
        await _store(work, machine, after, host)
        return conflict, True

    async def _missing(self, report: Report) -> list[Conflict]:
        named = {sighting.uid for sighting in report.sightings}
        async with self._transactions() as work:
            there = await work.machines.of_host(report.host)
            own = {each.uid for each in there}
            if await forget_unnamed(work, report.host, named - own):
                await work.commit()
        conflicts = []
        for uid in (each.uid for each in there if each.uid not in named):
            async with self._transactions() as work:
                machine = await work.machines.find(uid, lock=True)
                if machine is None or machine.node_uid != report.host:
                    continue
                after, conflict = unheard(machine, self._clock.now())
                if after != machine:
                    await _store(work, machine, after, report.host)
                    await work.commit()
            conflicts += [conflict] if conflict is not None else []
        return conflicts


async def _store(
    work: UnitOfWork, before: VirtualMachine, after: VirtualMachine, host: HostUid
) -> None:
    stored = await work.machines.save(after)
    await work.events.append(
        told(before, stored, actor=f"node/{host}", kind=conflict_kind(before, after))
    )
