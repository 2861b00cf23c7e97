"""The verbs of machines: each one transaction that ends at stored intent."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.event import WatchItem
from qvdc_core.ids import check_id
from qvdc_core.operation import Operation
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_vm.domain.creation import Draft, completed, created
from qvdc_vm.domain.host import ListFilter
from qvdc_vm.domain.state import Verb
from qvdc_vm.domain.telling import told
from qvdc_vm.domain.update import Change, changed
from qvdc_vm.domain.values import MachineUid
from qvdc_vm.domain.verbs import (
    DEFAULT_GRACE,
    admit,
    deleting,
    powering_off,
    shutting_down,
    starting,
)
from qvdc_vm.domain.virtual_machine import VirtualMachine, settle
from qvdc_vm.ports import MachineWatch, Transactions, UnitOfWork
from qvdc_vm.usecases.dry_run import Rehearsal

Begin = Callable[[VirtualMachine, str], VirtualMachine]
"""What a verb changes, given the id of its operation."""


class VirtualMachines:
    """What people do with machines.

    Args:
        new_id: makes a UUID, as text.
        made_within: how long a create or start waits for what is on its way.
    """

    def __init__(
        self,
        transactions: Transactions,
        watch: MachineWatch,
        rehearsal: Rehearsal,
        *,
        clock: Clock,
        new_id: Callable[[], str],
        made_within: timedelta,
    ) -> None:
        self._transactions = transactions
        self._watch = watch
        self._rehearsal = rehearsal
        self._clock = clock
        self._new_id = new_id
        self._made_within = made_within

    async def create(
        self,
        draft: Draft,
        *,
        machine_id: str,
        start: bool,
        validate_only: bool,
        within: timedelta,
        key: RequestKey | None,
        actor: Actor,
    ) -> Operation:
        """Store a new machine and the work of making it.

        Args:
            machine_id: "" makes one.
            validate_only: ask the cluster for a placement too, for at most `within`, and change
                nothing; all refusals come at once.

        Raises:
            InvalidField: with every rule that the draft breaks.
            VmNameTaken: the id is used.
        """
        if validate_only:
            name = await self._rehearsal.create(draft, machine_id=machine_id, within=within)
            machine_id = name.removeprefix("vms/")
        async with self._transactions() as work:
            if (first := await work.requests.recall(key, Operation)) is not None:
                return first
            good = completed(draft)
            uid = MachineUid(self._new_id())
            chosen = check_id(machine_id or f"vm-{uid[:8]}", field="virtual_machine_id")
            operation = await work.operations.start(
                Verb.CREATE.value,
                target=f"vms/{chosen}",
                target_uid=uid,
                requester=actor.subject,
                stage="placing",
            )
            machine = created(
                good,
                uid=uid,
                machine_id=chosen,
                operation=operation.id,
                start=start,
                actor=actor.subject,
                now=self._clock.now(),
                within=self._made_within,
            )
            await work.machines.add(machine, user_data=good.user_data)
            if validate_only:
                return operation
            await work.events.append(told(None, machine, actor=actor.subject))
            await work.requests.remember(key, operation)
            await work.commit()
        return operation

    async def get(self, name: str) -> VirtualMachine:
        """Read one machine.

        Raises:
            NotFound: there is none.
        """
        async with self._transactions() as work:
            return await work.machines.get(name)

    async def page(self, wanted: ListFilter, page: PageRequest) -> Page[VirtualMachine]:
        """One page of machines, by name."""
        async with self._transactions() as work:
            return await work.machines.page(wanted, page)

    def watch(self, *, resume_token: str) -> AsyncIterator[WatchItem[VirtualMachine]]:
        """Stream machines: all of them, then each change.

        Raises:
            ResumeExpired: begin again without a token.
        """
        return self._watch.changes(resume_token=resume_token)

    async def update(
        self,
        name: str,
        change: Change,
        *,
        etag: str,
        validate_only: bool,
        key: RequestKey | None,
        actor: Actor,
    ) -> VirtualMachine:
        """Change what does not touch the guest.

        Raises:
            NotFound, EtagMismatch, InvalidField: nothing was changed.
        """
        async with self._transactions() as work:
            if (first := await work.requests.recall(key, VirtualMachine)) is not None:
                return first
            machine = await work.machines.get(name, lock=True)
            machine.require(etag)
            wanted = changed(machine, change, actor=actor.subject, now=self._clock.now())
            if validate_only:
                return wanted
            stored = machine
            if wanted != machine:
                stored = await work.machines.save(wanted)
                draft = told(machine, stored, actor=actor.subject, kind="VirtualMachineUpdated")
                await work.events.append(draft)
            await work.requests.remember(key, stored)
            await work.commit()
        return stored

    async def start(
        self, name: str, *, etag: str, validate_only: bool, key: RequestKey | None, actor: Actor
    ) -> Operation:
        """Want the machine to run, under a new run epoch.

        Raises:
            NotFound, EtagMismatch, Busy, InvalidPowerState: nothing was changed.
        """

        def begin(machine: VirtualMachine, operation: str) -> VirtualMachine:
            now = self._clock.now()
            return starting(machine, operation=operation, now=now, within=self._made_within)

        return await self._do(
            Verb.START,
            name,
            begin,
            etag=etag,
            validate_only=validate_only,
            key=key,
            actor=actor,
        )

    async def shutdown(
        self,
        name: str,
        *,
        grace: timedelta | None,
        power_off_after_grace: bool,
        etag: str,
        validate_only: bool,
        key: RequestKey | None,
        actor: Actor,
    ) -> Operation:
        """Want the guest to go down by itself within `grace` (default 120 s).

        Raises:
            NotFound, EtagMismatch, Busy, InvalidPowerState: nothing was changed.
        """

        def begin(machine: VirtualMachine, operation: str) -> VirtualMachine:
            return shutting_down(
                machine,
                operation=operation,
                now=self._clock.now(),
                grace=grace or DEFAULT_GRACE,
                power_off_after_grace=power_off_after_grace,
            )

        return await self._do(
            Verb.SHUTDOWN,
            name,
            begin,
            etag=etag,
            validate_only=validate_only,
            key=key,
            actor=actor,
        )

    async def power_off(
        self, name: str, *, etag: str, validate_only: bool, key: RequestKey | None, actor: Actor
    ) -> Operation:
        """Want the power cut; done when the host returns if it is away.

        Raises:
            NotFound, EtagMismatch, Busy, InvalidPowerState: nothing was changed.
        """

        def begin(machine: VirtualMachine, operation: str) -> VirtualMachine:
            return powering_off(machine, operation=operation, now=self._clock.now())

        return await self._do(
            Verb.POWER_OFF,
            name,
            begin,
            etag=etag,
            validate_only=validate_only,
            key=key,
            actor=actor,
        )

    async def delete(
        self,
        name: str,
        *,
        force: bool,
        etag: str,
        validate_only: bool,
        key: RequestKey | None,
        actor: Actor,
    ) -> Operation:
        """Want nothing left of the machine; `force` also while it runs.

        Raises:
            NotFound, EtagMismatch, DeleteProtected, Busy, InvalidPowerState: nothing was changed.
        """

        def begin(machine: VirtualMachine, operation: str) -> VirtualMachine:
            return deleting(machine, operation=operation, now=self._clock.now())

        return await self._do(
            Verb.DELETE,
            name,
            begin,
            force=force,
            etag=etag,
            validate_only=validate_only,
            key=key,
            actor=actor,
        )

    async def _do(
        self,
        verb: Verb,
        name: str,
        begin: Begin,
        *,
        etag: str,
        validate_only: bool,
        key: RequestKey | None,
        actor: Actor,
        force: bool = False,
    ) -> Operation:
        async with self._transactions() as work:
            if (first := await work.requests.recall(key, Operation)) is not None:
                return first
            machine = await work.machines.get(name, lock=True)
            machine.require(etag)
            admission = admit(machine, verb, force=force)
            operation = await work.operations.start(
                verb.value,
                target=machine.name,
                target_uid=machine.uid,
                requester=actor.subject,
            )
            if admission.goal_holds:
                operation = await work.operations.succeed(operation.id)
            else:
                if admission.interrupts:
                    await work.operations.cancelled(admission.interrupts)
                await self._store(work, machine, begin(machine, operation.id), actor)
            if validate_only:
                return operation
            await work.requests.remember(key, operation)
            await work.commit()
        return operation

    async def _store(
        self, work: UnitOfWork, before: VirtualMachine, wanted: VirtualMachine, actor: Actor
    ) -> None:
        now = self._clock.now()
        asked = replace(wanted, update_time=now, updated_by=actor.subject)
        stored = await work.machines.save(settle(asked, now))
        await work.events.append(told(before, stored, actor=actor.subject))
