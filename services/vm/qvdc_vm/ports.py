"""What use cases and loops need from the world."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self, TypeVar

from qvdc_core.event import EventDraft, WatchItem
from qvdc_core.fence import Fence
from qvdc_core.operation import Operation, OperationFailure
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_vm.domain.confession import Confession
from qvdc_vm.domain.host import Host, ListFilter, NodeChange
from qvdc_vm.domain.observation import Observed, ObservedState, Sighting
from qvdc_vm.domain.placement import Demand, PlacementClaim, PlacementPlan
from qvdc_vm.domain.protection import HaPolicy, HaPolicyChange
from qvdc_vm.domain.serial import SerialLog
from qvdc_vm.domain.unmanaged import UnmanagedMachine
from qvdc_vm.domain.values import HostUid, MachineUid, PortBinding
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.domain.wanted import ImageSource, WantedMachine

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A machine that the loop may have something to do for, and its host."""

    uid: MachineUid
    revision: int
    node_uid: HostUid | None


class Machines(Protocol):
    """The stored machines, in one transaction."""

    async def add(self, machine: VirtualMachine, *, user_data: str) -> None:
        """Store a new machine.

        Raises:
            VmNameTaken: its id is used.
        """

    async def get(self, name: str, *, lock: bool = False) -> VirtualMachine:
        """Read by name (`vms/<id>` or `vms/<uid>`); terminated ones are not found.

        Args:
            lock: nobody else changes it until the transaction ends.

        Raises:
            NotFound: there is none.
        """

    async def find(self, uid: MachineUid, *, lock: bool = False) -> VirtualMachine | None:
        """Read by uid, terminated ones included."""

    async def save(self, machine: VirtualMachine) -> VirtualMachine:
        """Store `machine` unless somebody stored a newer one; return it with its new revision.

        Raises:
            StaleMachine: the stored revision is not `machine.revision`.
        """

    async def page(self, wanted: ListFilter, page: PageRequest) -> Page[VirtualMachine]:
        """One page by name, terminated ones left out unless asked for by state."""

    async def of_host(self, host: HostUid) -> Sequence[VirtualMachine]:
        """All machines that are on a host."""

    async def view_of(self, host: HostUid) -> Sequence[tuple[str, ObservedState, int]]:
        """Uid, state and change count of all that was seen on a host, for its hash."""

    async def raise_epochs(self, confession: Confession) -> Collection[MachineUid]:
        """Raise the run epochs of a host's protected and confessed machines, in one statement.

        An incident raises each of them once. Returns those that were raised now.
        """
        ...

    async def unsettled(self, *, now: datetime, limit: int) -> Sequence[Unsettled]:
        """The machines that the loop may have something to do for.

        Those with an operation come first, the oldest before the others.
        """

    async def user_data(self, uid: MachineUid) -> str:
        """Raw user-data; a secret."""

    async def forget_terminated(self, before: datetime) -> int:
        """Delete the records of machines terminated before; count them."""


class UnmanagedStore(Protocol):
    """What hosts have beside their machines, in one transaction."""

    async def find(self, host: HostUid, uid: MachineUid) -> UnmanagedMachine | None:
        """Read one of a host."""

    async def put(self, machine: UnmanagedMachine) -> None:
        """Store one as it was seen last."""

    async def remove(self, host: HostUid, uid: MachineUid) -> None:
        """Forget one; a no-op if it is not there."""

    async def of_host(self, host: HostUid) -> Sequence[UnmanagedMachine]:
        """All on a host."""

    async def of_uids(self, uids: Collection[MachineUid]) -> Sequence[UnmanagedMachine]:
        """All with one of these uids, on any host."""

    async def page(self, node: str, page: PageRequest) -> Page[UnmanagedMachine]:
        """One page by uid; of the node of this name, "" for all."""


class PlacementPlans(Protocol):
    """Why machines run where they run, kept 30 days."""

    async def keep(self, uid: MachineUid, plan: PlacementPlan, now: datetime) -> None:
        """Store the newest plan of a machine."""

    async def latest(self, uid: MachineUid) -> PlacementPlan | None:
        """The newest plan of a machine."""


class Hosts(Protocol):
    """What is known of nodes: a projection of the node service's."""

    async def find(self, uid: HostUid) -> Host | None:
        """Read one; None when it is not there (any more)."""

    async def put(self, host: Host) -> None:
        """Store what the node service said; what the host itself told stays."""

    async def remove(self, uid: HostUid) -> None:
        """Note that one was removed for good."""

    async def all(self) -> Sequence[Host]:
        """Every one."""

    async def note_report(self, uid: HostUid, boot_id: str, now: datetime) -> bool:
        """Note that the host told something; whether it is another boot than before."""

    async def note_answer(self, uid: HostUid, now: datetime) -> None:
        """Note that the host answered when it was asked."""

    async def position(self) -> str:
        """Where the projection goes on; "" from the beginning."""

    async def set_position(self, token: str) -> None:
        """Remember where to go on, in the transaction of what was read."""


class HaPolicies(Protocol):
    """What is known of clusters' HA settings: a projection of the cluster service's."""

    async def put(self, policy: HaPolicy) -> None:
        """Store what the cluster service said."""

    async def keep_only(self, clusters: Collection[str]) -> None:
        """Forget every other cluster."""


class Operations(Protocol):
    """The operations of this service, in one transaction."""

    async def start(
        self, verb: str, *, target: str, target_uid: str, requester: str, stage: str = ""
    ) -> Operation:
        """Write down work that is wanted, QUEUED."""

    async def get(self, operation_id: str) -> Operation:
        """Read one.

        Raises:
            NotFound: there is none.
        """

    async def advance(
        self,
        operation_id: str,
        *,
        stage: str | None = None,
        message: str | None = None,
        progress_percent: int | None = None,
        done_bytes: int | None = None,
        total_bytes: int | None = None,
    ) -> Operation:
        """Beat, and say how far it is; progress never goes backwards."""

    async def succeed(self, operation_id: str) -> Operation:
        """End it well."""

    async def fail(self, operation_id: str, failure: OperationFailure) -> Operation:
        """End it with a failure."""

    async def cancelled(self, operation_id: str) -> Operation:
        """End it because something else was wanted."""


class Events(Protocol):
    """The outbox, in one transaction."""

    async def append(self, *drafts: EventDraft) -> None:
        """Write events down."""


class Requests(Protocol):
    """Request ids, in one transaction."""

    async def recall(self, key: RequestKey | None, kind: type[T]) -> T | None:
        """The first answer to `key`; None: this is the first.

        Raises:
            IdempotencyKeyReused: the id came with another request.
        """

    async def remember(self, key: RequestKey | None, answer: object) -> None:
        """Keep the answer for repeats."""


class Fences(Protocol):
    """The newest fence of each loop, in one transaction."""

    async def check(self, fence: Fence) -> None:
        """Go on only under the newest fence.

        Raises:
            StaleFence: a newer leader has been here.
        """


class UnitOfWork(Protocol):
    """One transaction; rolled back unless committed."""

    @property
    def machines(self) -> Machines: ...
    @property
    def plans(self) -> PlacementPlans: ...
    @property
    def hosts(self) -> Hosts: ...
    @property
    def ha_policies(self) -> HaPolicies: ...
    @property
    def unmanaged(self) -> UnmanagedStore: ...
    @property
    def operations(self) -> Operations: ...
    @property
    def events(self) -> Events: ...
    @property
    def requests(self) -> Requests: ...
    @property
    def fences(self) -> Fences: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    async def commit(self) -> None:
        """Make it true.

        Raises:
            StoreUnavailable: whether it became true is unknown.
        """


Transactions = Callable[[], UnitOfWork]


class MachineWatch(Protocol):
    """Streams of stored machines."""

    def changes(self, *, resume_token: str) -> AsyncIterator[WatchItem[VirtualMachine]]:
        """All machines, then each change.

        Raises:
            ResumeExpired: begin again without a token.
        """


class Cluster(Protocol):
    """The cluster service; whatever it refuses is raised as the Refusal that it sent."""

    async def plan(self, demand: Demand, *, within: timedelta) -> PlacementPlan:
        """Ask where a machine would go; changes nothing."""

    async def claim(
        self, machine: VirtualMachine, demand: Demand, *, fence: Fence
    ) -> PlacementClaim:
        """Take a host's capacity; asking again answers the same.

        Raises:
            Refusal: NO_PLACEMENT, STALE_FENCE, UNAVAILABLE and so on.
        """

    async def release(self, uid: MachineUid, *, fence: Fence) -> None:
        """Give the capacity back; a no-op if it is not held."""


class Images(Protocol):
    """The image service."""

    async def claim(self, machine: VirtualMachine, image: str, *, fence: Fence) -> ImageSource:
        """Hold an image; asking again brings a fresh ticket.

        Raises:
            Refusal: IMAGE_NOT_READY, NOT_FOUND, STALE_FENCE, UNAVAILABLE and so on.
        """

    async def release(self, uid: MachineUid, image: str, *, fence: Fence) -> None:
        """Give it up; a no-op if it is not held."""


class Network(Protocol):
    """The network service's ports; their ids follow from machine and position."""

    async def create(self, machine: VirtualMachine, position: int) -> PortBinding:
        """Make the port of a network card; asking again answers the same.

        Raises:
            Refusal: NO_FREE_ADDRESS, ADDRESS_IN_USE, NOT_FOUND, UNAVAILABLE and so on.
        """

    async def delete(self, machine: VirtualMachine, position: int) -> None:
        """Delete that port; a no-op if there is none."""


class Agents(Protocol):
    """The hosts' agents.

    Every method raises NodeUnreachable when the host does not answer in time, and the Refusal
    that it sent when it refuses (STALE_FENCE, STALE_GENERATION).
    """

    async def apply(self, host: Host, wanted: WantedMachine, *, fence: Fence) -> Observed:
        """Tell a host what it shall hold; safe to repeat. Answers what it sees now."""

    async def observe(self, host: Host, uid: MachineUid) -> Sighting:
        """Ask a host what it sees of one machine."""

    async def serial_log(
        self,
        host: Host,
        uid: MachineUid,
        *,
        offset_bytes: int,
        limit_bytes: int,
        within: timedelta,
    ) -> SerialLog:
        """Read serial output; a negative offset counts from the end."""


class Nodes(Protocol):
    """The node service."""

    def changes(self, token: str) -> AsyncGenerator[NodeChange, None]:
        """All nodes (without a token) or what changed since, then each change.

        Raises:
            Refusal: the stream broke; go on from the last token.
        """


class Clusters(Protocol):
    def changes(self) -> AsyncGenerator[HaPolicyChange, None]:
        """All clusters, then each change; a Refusal when the stream broke."""


class Bell(Protocol):
    """Rings when something was stored; losing a ring costs one look."""

    @property
    def count(self) -> int: ...

    async def past(self, count: int, *, within: float) -> bool:
        """Wait until it rang more than `count` times, at most `within` seconds."""


class Authority(Protocol):
    """The right to act of a loop's leader."""

    async def check(self, fence: Fence) -> None:
        """Go on only while leading.

        Raises:
            LeadershipLost: stop at once.
        """
