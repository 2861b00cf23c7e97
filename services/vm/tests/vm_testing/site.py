"""The vm service without its wire: real PostgreSQL, neighbours in memory."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from qvdc_core.actor import Actor, ActorKind
from qvdc_core.clock import ManualClock
from qvdc_core.fence import Fence
from qvdc_core.operation import Operation
from qvdc_db.store import Store
from qvdc_vm.domain import plan
from qvdc_vm.domain.creation import Draft
from qvdc_vm.domain.observation import Sighting
from qvdc_vm.domain.protection import HaPolicy
from qvdc_vm.domain.report import Answer, Report
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.ports import Authority
from qvdc_vm.reconcile.effects import Effects
from qvdc_vm.reconcile.steps import MachineSteps
from qvdc_vm.store.unit_of_work import VmUnitOfWork
from qvdc_vm.store.watch import StoredMachineWatch
from qvdc_vm.usecases.dry_run import Rehearsal
from qvdc_vm.usecases.ha_policy import HaPolicies
from qvdc_vm.usecases.hosts import HostProjection
from qvdc_vm.usecases.observation import Observations
from qvdc_vm.usecases.placement import Placements
from qvdc_vm.usecases.serial import SerialLogs
from qvdc_vm.usecases.unmanaged import UnmanagedMachines
from qvdc_vm.usecases.virtual_machine import VirtualMachines
from tests.vm_testing.builders import HOST, WITHIN, a_draft
from tests.vm_testing.fakes import (
    FakeAgent,
    FakeAuthority,
    FakeCluster,
    FakeImages,
    FakeNetwork,
    FakePools,
    a_host,
)

ANN = Actor("user:ann", ActorKind.USER, frozenset({"*"}))
BOOT = "cccccccc-cccc-4ccc-8ccc-cccccccccccc"
FENCE = Fence(1, "vm-machines", 10)
NODES_FENCE = Fence(1, "vm-nodes", 10)
CLUSTERS_FENCE = Fence(1, "vm-clusters", 10)


@dataclass
class Site:
    """Everything a test plays with."""

    store: Store
    clock: ManualClock
    agent: FakeAgent
    cluster: FakeCluster = field(default_factory=FakeCluster)
    images: FakeImages = field(default_factory=FakeImages)
    pools: FakePools = field(default_factory=FakePools)
    network: FakeNetwork = field(default_factory=FakeNetwork)

    def transaction(self) -> VmUnitOfWork:
        """Open a transaction."""
        return VmUnitOfWork(self.store)

    @property
    def machines(self) -> VirtualMachines:
        """The verbs."""
        return VirtualMachines(
            self.transaction,
            StoredMachineWatch(self.store),
            Rehearsal(self.transaction, self.cluster, new_id=_new_id),
            clock=self.clock,
            new_id=_new_id,
            made_within=WITHIN,
        )

    @property
    def placements(self) -> Placements:
        """Stored and planned placements."""
        rehearsal = Rehearsal(self.transaction, self.cluster, new_id=_new_id)
        return Placements(self.transaction, rehearsal)

    @property
    def serial_logs(self) -> SerialLogs:
        """The pass-through to hosts."""
        return SerialLogs(self.transaction, self.agent)

    @cached_property
    def observations(self) -> Observations:
        """Hears hosts, as a process that just began does."""
        return Observations(self.transaction, clock=self.clock)

    @property
    def unmanaged(self) -> UnmanagedMachines:
        """What hosts have beside their machines."""
        return UnmanagedMachines(self.transaction)

    @property
    def projection(self) -> HostProjection:
        """Knows nodes."""
        return HostProjection(self.transaction, clock=self.clock)

    async def set_ha(self, policy: HaPolicy) -> None:
        """The cluster service tells a cluster's HA settings."""
        await HaPolicies(self.transaction).put(policy, fence=CLUSTERS_FENCE)

    def steps(self, authority: Authority | None = None) -> MachineSteps:
        """The loop's steps, as a fresh process has them."""
        leads = authority or FakeAuthority()
        effects = Effects(
            self.transaction,
            cluster=self.cluster,
            images=self.images,
            pools=self.pools,
            network=self.network,
            agents=self.agent,
            authority=leads,
        )
        return MachineSteps(
            self.transaction, effects, self.observations, authority=leads, clock=self.clock
        )

    async def create(
        self, *, start: bool = True, machine_id: str = "web-1", draft: Draft | None = None
    ) -> Operation:
        """Ask for a machine."""
        return await self.machines.create(
            draft or a_draft(),
            machine_id=machine_id,
            start=start,
            validate_only=False,
            within=timedelta(seconds=5),
            key=None,
            actor=ANN,
        )

    async def running(self, machine_id: str = "web-1") -> VirtualMachine:
        """A machine that was made and runs."""
        operation = await self.create(machine_id=machine_id)
        await self.settle(MachineUid(operation.target_uid))
        return await self.machine(machine_id)

    async def settle(
        self, uid: str, *, fence: Fence = FENCE, authority: Authority | None = None
    ) -> plan.Step:
        """Run the loop on one machine until it waits or rests."""
        steps = self.steps(authority)
        for _ in range(60):
            step = await steps.take(MachineUid(uid), fence)
            self.clock.advance(timedelta(milliseconds=10))
            if isinstance(step, plan.Wait | plan.Rest):
                return step
        raise AssertionError(f"it never settles: {step}")

    async def machine(self, machine_id: str = "web-1") -> VirtualMachine:
        """Read a machine."""
        return await self.machines.get(f"vms/{machine_id}")

    async def stored(self, uid: str) -> VirtualMachine:
        """Read a machine, also a terminated one."""
        async with self.transaction() as work:
            found = await work.machines.find(MachineUid(uid))
        assert found is not None
        return found

    async def operation(self, operation: Operation) -> Operation:
        """Read an operation again."""
        async with self.transaction() as work:
            return await work.operations.get(operation.id)

    async def report(self, *uids: str, full: bool = False, boot_id: str = BOOT) -> Answer:
        """The host tells what it sees of these machines."""
        sightings = [Sighting(MachineUid(uid), self.agent.see(MachineUid(uid))) for uid in uids]
        return await self.hear(*sightings, full=full, boot_id=boot_id)

    async def hear(
        self,
        *sightings: Sighting,
        full: bool = False,
        boot_id: str = BOOT,
        state_hash: str = "",
        host: HostUid = HOST,
    ) -> Answer:
        """A host tells these."""
        report = Report(
            host=host, boot_id=boot_id, sightings=sightings, full=full, state_hash=state_hash
        )
        actor = Actor(f"node/{host}", ActorKind.NODE)
        return await self.observations.report(report, actor=actor)

    @property
    def claims(self) -> int:
        """What machines hold of others, all together."""
        claims = (self.cluster.claims, self.images.claims, self.network.ports, self.pools.claims)
        return sum(len(each) for each in claims)


async def a_site(store: Store, clock: ManualClock) -> Site:
    """A site with one live host."""
    site = Site(store, clock, FakeAgent(clock.now))
    await site.projection.put(a_host(), token="", fence=NODES_FENCE)
    return site


def _new_id() -> str:
    return str(uuid.uuid4())
