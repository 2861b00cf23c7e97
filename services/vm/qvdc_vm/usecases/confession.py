"""Confessions: a fenced host's machines go on under a new run epoch, or end (PROTOCOLS 2)."""

from collections.abc import Sequence

from qvdc_vm.domain.confession import Confession, Settled, settled
from qvdc_vm.domain.telling import told
from qvdc_vm.ports import Transactions

ACTOR = "service/node"
KIND = "VirtualMachineConfessed"


class Confessions:
    """Settles confessions. Safe to repeat: an incident raises each epoch once."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def confess(self, confession: Confession) -> Sequence[Settled]:
        """Raise the epochs of the host's protected machines, living or not; say which go on.

        A machine that the host does not name died with it or was killed: its epoch is raised too,
        so that a failover which has not begun yet finds nothing of what it decided by.
        """
        async with self._transactions() as work:
            raised = await work.machines.raise_epochs(confession)
            machines = await work.machines.of_host(confession.host)
            epochs = {each.uid: each.run_epoch for each in machines}
            changed = [each for each in machines if each.uid in raised]
            await work.events.append(
                *(told(each, each, actor=ACTOR, kind=KIND) for each in changed)
            )
            await work.commit()
        return settled(confession, epochs)
