"""Streams of machines."""

from collections.abc import AsyncIterator, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.event import WatchItem
from qvdc_core.page import Page, PageRequest
from qvdc_db.store import Store
from qvdc_db.watch import Watches
from qvdc_vm.domain.host import ListFilter
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.store.virtual_machine import MachineRepository


class StoredMachineWatch:
    """Watch over PostgreSQL's outbox."""

    def __init__(self, store: Store) -> None:
        self._watches = Watches(store)

    def changes(self, *, resume_token: str) -> AsyncIterator[WatchItem[VirtualMachine]]:
        """All machines, then each change.

        Raises:
            ResumeExpired: begin again without a token.
        """
        return self._watches.changes(
            "vms", resume_token=resume_token, snapshot=_snapshot, load=_load
        )


async def _snapshot(session: AsyncSession, page: PageRequest) -> Page[VirtualMachine]:
    return await MachineRepository(session).page(ListFilter(), page)


async def _load(session: AsyncSession, names: Sequence[str]) -> Mapping[str, VirtualMachine]:
    return await MachineRepository(session).by_names(names)
