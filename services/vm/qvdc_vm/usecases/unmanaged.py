"""Machines that hosts have and no record accounts for: kept as seen, and shown."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from qvdc_core.page import Page, PageRequest
from qvdc_vm.domain.observation import Sighting
from qvdc_vm.domain.unmanaged import (
    Origin,
    UnmanagedMachine,
    newer,
    unaccounted,
    unmanaged_event,
)
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.ports import Transactions, UnitOfWork


class UnmanagedMachines:
    """Reads what hosts have beside their machines."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def page(self, node: str, page: PageRequest) -> Page[UnmanagedMachine]:
        """Read a page; of one node if `node` names one."""
        async with self._transactions() as work:
            return await work.unmanaged.page(node, page)

    async def elsewhere(
        self, machines: Sequence[VirtualMachine]
    ) -> Mapping[MachineUid, Sequence[UnmanagedMachine]]:
        """Where else these machines were seen than on their own hosts."""
        async with self._transactions() as work:
            found = await work.unmanaged.of_uids({each.uid for each in machines})
        elsewhere: dict[MachineUid, list[UnmanagedMachine]] = {}
        for each in found:
            if each.origin is Origin.WRONG_NODE:
                elsewhere.setdefault(each.uid, []).append(each)
        return elsewhere


async def note_unaccounted(
    work: UnitOfWork, host: HostUid, sighting: Sighting, machine: VirtualMachine | None
) -> bool:
    """Keep what `sighting` says if no record accounts for it, and forget it if one does now, or
    nothing is there; whether anything changed."""
    before = await work.unmanaged.find(host, sighting.uid)
    after = unaccounted(machine, sighting, host)
    if after is not None and before is not None and not sighting.domain:
        after = replace(after, domain=before.domain)
    if after is None and before is None:
        return False
    if after is not None:
        if not newer(before, after):
            return False
        await work.unmanaged.put(after)
    else:
        await work.unmanaged.remove(host, sighting.uid)
    await _tell(work, host, before, after)
    return True


async def forget_unnamed(work: UnitOfWork, host: HostUid, named: Collection[MachineUid]) -> bool:
    """Forget what a host's full report does not name any more; whether there was any."""
    gone = [each for each in await work.unmanaged.of_host(host) if each.uid not in named]
    for each in gone:
        await work.unmanaged.remove(host, each.uid)
        await _tell(work, host, each, None)
    return bool(gone)


async def _tell(
    work: UnitOfWork,
    host: HostUid,
    before: UnmanagedMachine | None,
    after: UnmanagedMachine | None,
) -> None:
    node = await work.hosts.find(host)
    event = unmanaged_event(node.name if node is not None else "", before, after)
    if event is not None:
        await work.events.append(event)
