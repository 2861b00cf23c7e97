"""Why a machine runs where it runs, and where it would."""

from datetime import timedelta

from qvdc_core.errors import NotFound
from qvdc_vm.domain.creation import Draft
from qvdc_vm.domain.placement import PlacementPlan
from qvdc_vm.ports import Transactions
from qvdc_vm.usecases.dry_run import Rehearsal


class Placements:
    """Reads placements: stored ones, and one that is asked for now."""

    def __init__(self, transactions: Transactions, rehearsal: Rehearsal) -> None:
        self._transactions = transactions
        self._rehearsal = rehearsal

    async def would_be(self, draft: Draft, *, within: timedelta) -> PlacementPlan:
        """Ask the cluster where a machine would be placed; changes nothing."""
        return await self._rehearsal.verdicts(draft, within=within)

    async def of(self, name: str) -> PlacementPlan:
        """The newest stored decision about a machine, also one against every host.

        Raises:
            NotFound: there is no such machine, or nothing was decided yet.
        """
        async with self._transactions() as work:
            machine = await work.machines.get(name)
            plan = await work.plans.latest(machine.uid)
        if plan is None:
            raise NotFound("placement", f"{machine.name}/placement")
        return plan
