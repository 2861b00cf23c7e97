"""Saying what would happen, without doing it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from qvdc_core.errors import FieldViolation, NotFound, Refusal
from qvdc_core.ids import check_id
from qvdc_vm.domain.creation import Draft, completed
from qvdc_vm.domain.placement import PlacementPlan, demand_of
from qvdc_vm.domain.refusals import NoPlacement, VmNameTaken
from qvdc_vm.ports import Cluster, Transactions


class Rehearsal:
    """Runs every check of a create and asks the cluster once."""

    def __init__(
        self, transactions: Transactions, cluster: Cluster, *, new_id: Callable[[], str]
    ) -> None:
        self._transactions = transactions
        self._cluster = cluster
        self._new_id = new_id

    async def create(self, draft: Draft, *, machine_id: str, within: timedelta) -> str:
        """Check the draft, the id and the placement; return the name that it would have.

        Raises:
            Refusal: the first that stands in the way; all others are among its fields.
        """
        chosen = machine_id or f"vm-{self._new_id()[:8]}"
        refusals: list[tuple[str, Refusal]] = []
        try:
            draft = completed(draft)
        except Refusal as refusal:
            refusals.append(("virtual_machine", refusal))
        try:
            await self._refuse_taken(check_id(chosen, field="virtual_machine_id"))
        except Refusal as refusal:
            refusals.append(("virtual_machine_id", refusal))
        if draft.spec.cluster and draft.spec.memory_bytes:
            try:
                await self.place(draft, name=f"vms/{chosen}", within=within)
            except Refusal as refusal:
                refusals.append(("virtual_machine.placement", refusal))
        if refusals:
            raise _all_of(refusals)
        return f"vms/{chosen}"

    async def place(self, draft: Draft, *, name: str, within: timedelta) -> PlacementPlan:
        """Where a machine would be placed.

        Raises:
            NoPlacement: nowhere, with what each host lacks.
        """
        plan = await self._cluster.plan(demand_of(draft.spec), within=within)
        if not plan.node:
            raise NoPlacement(name, plan)
        return plan

    async def verdicts(self, draft: Draft, *, within: timedelta) -> PlacementPlan:
        """The verdict of every host; an empty node when none fits."""
        return await self._cluster.plan(demand_of(draft.spec), within=within)

    async def _refuse_taken(self, machine_id: str) -> None:
        name = f"vms/{machine_id}"
        async with self._transactions() as work:
            with suppress(NotFound):
                await work.machines.get(name)
                raise VmNameTaken(name)


def _all_of(refusals: list[tuple[str, Refusal]]) -> Refusal:
    _, first = refusals[0]
    fields = list(first.fields)
    for path, refusal in refusals:
        if refusal is not first or not first.fields:
            fields += refusal.fields or [FieldViolation(path, refusal.message, refusal.reason)]
    first.fields = tuple(fields)
    return first
