"""The neighbours in memory, honest to their contracts: fences, repeats, refusals."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from qvdc_core.errors import Kind, Refusal, StaleFence
from qvdc_core.fence import Fence
from qvdc_vm.domain.host import Host
from qvdc_vm.domain.observation import (
    ENDED_WITH_HOST,
    Observed,
    ObservedState,
    Problem,
    Sighting,
)
from qvdc_vm.domain.placement import (
    Demand,
    HostVerdict,
    Obstacle,
    PlacementClaim,
    PlacementPlan,
)
from qvdc_vm.domain.refusals import NodeUnreachable, NoPlacement
from qvdc_vm.domain.serial import SerialLog
from qvdc_vm.domain.state import HostPower
from qvdc_vm.domain.values import BaseImage, Disk, HostUid, MachineUid, PortBinding
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.domain.wanted import ImageSource, WantedMachine
from qvdc_vm.pool_ports import HeldRoom
from tests.vm_testing.builders import BASE, HOST


class Refused(Refusal):
    """A refusal of a neighbour."""

    def __init__(self, kind: Kind, reason: str, message: str = "") -> None:
        super().__init__(message or f"{reason}.")
        self.kind = kind
        self.reason = reason


@dataclass
class Fenced:
    """Keeps the highest fence of each loop and refuses older ones."""

    newest: dict[str, Fence] = field(default_factory=dict)
    refused: list[Fence] = field(default_factory=list)

    def check(self, fence: Fence) -> None:
        """Refuse an older fence."""
        known = self.newest.get(fence.loop)
        if known is not None and fence < known:
            self.refused.append(fence)
            raise StaleFence(fence.loop, presented=fence, newest=known)
        self.newest[fence.loop] = fence


@dataclass
class FakeCluster:
    """One host with room for `room` machines.

    Args:
        storage_pool: the cluster's default.
    """

    room: int = 10
    storage_pool: str = ""
    away: bool = False
    fences: Fenced = field(default_factory=Fenced)
    claims: dict[MachineUid, Demand] = field(default_factory=dict)

    async def plan(self, demand: Demand, *, within: timedelta) -> PlacementPlan:
        self._answer()
        full = len(self.claims) >= self.room
        against = (
            Obstacle(
                reason="MEMORY",
                message=f"memory needs {demand.memory_bytes}, has 0",
                needed=demand.memory_bytes,
                available=0,
            ),
        )
        verdict = HostVerdict(
            node="nodes/h1",
            node_uid=HOST,
            fits=not full,
            score=0.0 if full else 1.0,
            obstacles=against if full else (),
            score_parts={} if full else {"free_memory": 1.0},
        )
        if full:
            return PlacementPlan(node="", node_uid=HostUid(""), verdicts=(verdict,))
        return PlacementPlan(node="nodes/h1", node_uid=HOST, verdicts=(verdict,))

    async def claim(
        self, machine: VirtualMachine, demand: Demand, *, fence: Fence
    ) -> PlacementClaim:
        return await self.claim_for(machine.uid, machine.name, demand, fence=fence)

    async def claim_for(
        self, uid: MachineUid, name: str, demand: Demand, *, fence: Fence
    ) -> PlacementClaim:
        """Claim by identity; asking again answers the same."""
        self._answer()
        self.fences.check(fence)
        plan = await self.plan(demand, within=timedelta(seconds=1))
        if uid not in self.claims and not plan.node:
            raise NoPlacement(name, plan)
        self.claims[uid] = demand
        wished = demand.storage_pool or self.storage_pool
        pool = wished if wished.startswith("storage-pools/") else ""
        return PlacementClaim(node="nodes/h1", node_uid=HOST, plan=plan, storage_pool=pool)

    async def release(self, uid: MachineUid, *, fence: Fence) -> None:
        self._answer()
        self.fences.check(fence)
        self.claims.pop(uid, None)

    def _answer(self) -> None:
        if self.away:
            raise Refused(Kind.UNAVAILABLE, "UNAVAILABLE", "the cluster service is away")


@dataclass
class FakeImages:
    """READY images by name."""

    ready: dict[str, BaseImage] = field(default_factory=lambda: {"images/debian-12": BASE})
    fences: Fenced = field(default_factory=Fenced)
    claims: set[tuple[MachineUid, str]] = field(default_factory=set)
    tickets: int = 0

    async def claim(self, machine: VirtualMachine, image: str, *, fence: Fence) -> ImageSource:
        return await self.claim_for(machine.uid, image, fence=fence)

    async def claim_for(self, uid: MachineUid, image: str, *, fence: Fence) -> ImageSource:
        """Claim by identity, with a fresh ticket."""
        self.fences.check(fence)
        if image not in self.ready:
            raise Refused(Kind.PRECONDITION, "IMAGE_NOT_READY", f"{image} is UPLOADING.")
        self.claims.add((uid, image))
        self.tickets += 1
        return ImageSource(
            base=self.ready[image],
            urls=("https://127.0.0.1:7102/images/blob",),
            ticket=f"ticket-{self.tickets}",
        )

    async def release(self, uid: MachineUid, image: str, *, fence: Fence) -> None:
        self.fences.check(fence)
        self.claims.discard((uid, image))


POOL_UID = "dddddddd-dddd-4ddd-8ddd-dddddddddddd"


@dataclass
class FakePools:
    """The pool `storage-pools/fast` with room for `room_bytes`."""

    room_bytes: int = 1 << 50
    fences: Fenced = field(default_factory=Fenced)
    claims: dict[tuple[MachineUid, str], int] = field(default_factory=dict)

    async def claim(self, machine: VirtualMachine, disk: Disk, *, fence: Fence) -> str:
        size = disk.effective_size_bytes
        return self.claim_for(machine.uid, disk.disk_id, disk.pool, size, fence=fence)

    def claim_for(
        self, uid: MachineUid, disk_id: str, pool: str, size_bytes: int, *, fence: Fence
    ) -> str:
        """Claim by identity; asking again answers the same."""
        self.fences.check(fence)
        if pool != "storage-pools/fast":
            raise Refused(Kind.PRECONDITION, "POOL_NOT_ASSIGNED", f"nodes/h1 does not have {pool}.")
        others = sum(each for key, each in self.claims.items() if key != (uid, disk_id))
        if others + size_bytes > self.room_bytes:
            raise Refused(
                Kind.EXHAUSTED,
                "POOL_OVERCOMMITTED",
                f"{pool} has room for {self.room_bytes - others} bytes on nodes/h1;"
                f" {size_bytes} are needed.",
            )
        self.claims[(uid, disk_id)] = size_bytes
        return POOL_UID

    async def release(self, uid: MachineUid, *, fence: Fence) -> None:
        self.fences.check(fence)
        self.claims = {key: size for key, size in self.claims.items() if key[0] != uid}

    async def held(self) -> list[HeldRoom]:
        return [HeldRoom(uid, disk, "storage-pools/fast") for uid, disk in self.claims]


@dataclass
class FakeNetwork:
    """A network with `free` addresses."""

    free: int = 100
    ports: dict[str, PortBinding] = field(default_factory=dict)

    async def create(self, machine: VirtualMachine, position: int) -> PortBinding:
        return self.create_for(f"vm-{machine.uid}-{position}")

    async def delete(self, machine: VirtualMachine, position: int) -> None:
        self.ports.pop(f"vm-{machine.uid}-{position}", None)

    def create_for(self, port_id: str) -> PortBinding:
        """Create by identity; asking again answers the same."""
        if port_id not in self.ports and len(self.ports) >= self.free:
            raise Refused(Kind.EXHAUSTED, "NO_FREE_ADDRESS", "networks/blue has no free address.")
        number = len(self.ports) + 5
        made = PortBinding(
            name=f"ports/{port_id}",
            uid=f"bbbbbbbb-bbbb-4bbb-8bbb-{number:012d}",
            mac=f"52:54:00:00:00:{number:02x}",
            mtu=1442,
            addresses=(f"10.0.0.{number}",),
        )
        return self.ports.setdefault(port_id, made)


@dataclass
class Domain:
    """One machine on the fake host; started at most once per run epoch."""

    wanted: WantedMachine
    state: ObservedState = ObservedState.ABSENT
    started_epoch: int = 0
    change_count: int = 0
    cause: str = ""


@dataclass
class FakeAgent:
    """A host that reaches what it is told as soon as it is asked to `work`."""

    clock: Callable[[], datetime]
    away: bool = False
    refuses_start: bool = False
    ignores_shutdown: bool = False
    lazy: bool = False
    missing_pool: str = ""
    fences: Fenced = field(default_factory=Fenced)
    domains: dict[MachineUid, Domain] = field(default_factory=dict)
    starts: list[tuple[MachineUid, int]] = field(default_factory=list)
    applied: list[WantedMachine] = field(default_factory=list)

    async def apply(self, host: Host, wanted: WantedMachine, *, fence: Fence) -> Observed:
        return self.hold(wanted, fence=fence)

    async def observe(self, host: Host, uid: MachineUid) -> Sighting:
        return Sighting(uid, self.see(uid))

    async def serial_log(
        self,
        host: Host,
        uid: MachineUid,
        *,
        offset_bytes: int,
        limit_bytes: int,
        within: timedelta,
    ) -> SerialLog:
        self._answer()
        text = b"quantix-guest ready\n"
        start = max(len(text) + offset_bytes, 0) if offset_bytes < 0 else offset_bytes
        piece = text[start : start + limit_bytes]
        return SerialLog(content=piece, offset_bytes=start, size_bytes=len(text))

    def hold(self, wanted: WantedMachine, *, fence: Fence) -> Observed:
        """Store what is wanted, under the newest fence and generation only."""
        self._answer()
        self.fences.check(fence)
        domain = self.domains.setdefault(wanted.uid, Domain(wanted))
        if wanted.generation < domain.wanted.generation:
            raise Refused(Kind.PRECONDITION, "STALE_GENERATION")
        domain.wanted = wanted
        self.applied.append(wanted)
        if not self.lazy:
            self.work(wanted.uid)
        return self.see(wanted.uid)

    def work(self, uid: MachineUid) -> None:
        """Reach what is held."""
        domain = self.domains[uid]
        before, wanted = domain.state, domain.wanted
        if self.missing_pool:
            made = domain.state is not ObservedState.ABSENT
            domain.state = domain.state if made else ObservedState.PREPARING
        elif wanted.absent:
            domain.state = ObservedState.ABSENT
        elif wanted.power is HostPower.ON:
            self._run(domain)
        elif wanted.power is HostPower.OFF or not self.ignores_shutdown:
            domain.state = ObservedState.STOPPED
        if domain.state is not before:
            domain.change_count += 1

    def guest_powers_off(self, uid: MachineUid) -> None:
        """The guest stops by itself."""
        domain = self.domains[uid]
        domain.state = ObservedState.STOPPED
        domain.cause = "shutdown"
        domain.change_count += 1

    def dies_with_its_host(self, uid: MachineUid) -> None:
        """The host boots anew; a protected machine waits for a new epoch."""
        domain = self.domains[uid]
        domain.state = ObservedState.STOPPED
        domain.cause = ENDED_WITH_HOST
        domain.change_count += 1

    def see(self, uid: MachineUid) -> Observed:
        """What is seen of a machine now."""
        self._answer()
        domain = self.domains.get(uid)
        if domain is None:
            return Observed(
                state=ObservedState.ABSENT, generation=0, run_epoch=0, observe_time=self.clock()
            )
        problem = self._problem(domain)
        return Observed(
            state=domain.state,
            generation=domain.wanted.generation,
            run_epoch=domain.wanted.run_epoch,
            settled=self._settled(domain) and problem is None,
            change_count=domain.change_count,
            cause=domain.cause,
            observe_time=self.clock(),
            problem=problem,
            guarded=domain.wanted.protection.protected and domain.state.up,
        )

    def _run(self, domain: Domain) -> None:
        if not domain.state.defined:
            domain.state = ObservedState.STOPPED
        if domain.state.up:
            domain.started_epoch = max(domain.started_epoch, domain.wanted.run_epoch)
        if self.refuses_start or domain.started_epoch >= domain.wanted.run_epoch:
            return
        domain.started_epoch = domain.wanted.run_epoch
        domain.state = ObservedState.RUNNING
        domain.cause = ""
        self.starts.append((domain.wanted.uid, domain.wanted.run_epoch))

    def _problem(self, domain: Domain) -> Problem | None:
        wanted = domain.wanted
        if self.missing_pool:
            return Problem("MARKER_MISSING", self.missing_pool, final=True)
        if self.refuses_start and wanted.power is HostPower.ON and not wanted.absent:
            return Problem("HYPERVISOR_REFUSED", "no such machine type", final=True)
        return None

    def _settled(self, domain: Domain) -> bool:
        wanted = domain.wanted
        if wanted.absent:
            return domain.state is ObservedState.ABSENT
        if wanted.power is HostPower.ON:
            return domain.started_epoch >= wanted.run_epoch
        return domain.state.down

    def _answer(self) -> None:
        if self.away:
            raise NodeUnreachable("nodes/h1")


@dataclass
class FakeAuthority:
    """Leads until told otherwise; dies after `dies_after` checks."""

    dies_after: int | None = None
    checks: int = 0

    async def check(self, fence: Fence) -> None:
        self.checks += 1
        if self.dies_after is not None and self.checks > self.dies_after:
            raise LeaderDied


class LeaderDied(Exception):
    """The process is gone, here and now."""


def a_host(*, alive: bool = True) -> Host:
    """The node that the fake agent runs on."""
    return Host(uid=HOST, name="nodes/h1", alive=alive, agent_addresses=("127.0.0.1:1",))


def dead(host: Host) -> Host:
    """`host` without a session."""
    return replace(host, alive=False, phase="OFFLINE")
