"""One transaction of the vm service."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_db.unit_of_work import UnitOfWork
from qvdc_vm.store.ha_policy import HaPolicyRepository
from qvdc_vm.store.host import HostRepository
from qvdc_vm.store.placement import PlanRepository
from qvdc_vm.store.unmanaged import UnmanagedRepository
from qvdc_vm.store.virtual_machine import MachineRepository

SCHEMA = "vm"
MIGRATIONS = Path(__file__).parent / "migrations"


class VmUnitOfWork(UnitOfWork):
    """The generic repositories and those of this service, in one transaction."""

    machines: MachineRepository
    plans: PlanRepository
    hosts: HostRepository
    ha_policies: HaPolicyRepository
    unmanaged: UnmanagedRepository

    def bind(self, session: AsyncSession) -> None:
        """Make the repositories of this service."""
        self.machines = MachineRepository(session)
        self.plans = PlanRepository(session)
        self.hosts = HostRepository(session)
        self.ha_policies = HaPolicyRepository(session)
        self.unmanaged = UnmanagedRepository(session)
