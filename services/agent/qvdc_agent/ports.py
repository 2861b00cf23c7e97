"""What the agent's use cases and loops need from the world."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from qvdc_agent.domain.definition import Definition, VirtType
from qvdc_agent.domain.guarded import Guarded, GuardedNow, HostProcess
from qvdc_agent.domain.host_power import PowerAction
from qvdc_agent.domain.host_report import HostReport
from qvdc_agent.domain.machine import (
    BaseImage,
    BootId,
    Digest,
    Disk,
    MachineUid,
    Seed,
    WantedMachine,
)
from qvdc_agent.domain.observation import ObservedMachine
from qvdc_agent.domain.record import MachineRecord
from qvdc_agent.domain.seen import BaseView, DomainView, FilesView, Remembered, StrangerView
from qvdc_core.fence import Fence


class MachineStore(Protocol):
    """What this host keeps of its machines; every change is on disk when the call returns."""

    async def accept(self, wanted: WantedMachine, fence: Fence, boot: BootId) -> MachineRecord:
        """Keep `wanted` as told by the leader with `fence`. Repeating it is safe.

        Raises:
            StaleFence: a newer leader of that loop was seen.
            StaleGeneration: a newer wanted state is held.
            StaleEpoch: a newer start is held.
        """
        ...

    async def heed(self, fence: Fence) -> None:
        """Keep the newest fence of a loop.

        Raises:
            StaleFence: a newer leader of that loop was seen.
        """
        ...

    async def learn(self, domain: DomainView) -> MachineRecord:
        """Keep the generation and run epoch of a domain of ours that is not on record."""
        ...

    async def get(self, uid: MachineUid) -> MachineRecord | None:
        """What is kept of a machine."""
        ...

    async def list(self) -> Sequence[MachineRecord]:
        """What is kept of all machines, those removed from here too."""
        ...

    async def save_remembered(self, uid: MachineUid, remembered: Remembered) -> None:
        """Keep what is known of the last start."""
        ...

    async def save_observed(self, observed: ObservedMachine) -> None:
        """Keep what was told last, so that change counts never go down."""
        ...


class Hypervisor(Protocol):
    """Runs guests. Touches only domains that carry our mark; others are strangers to it.

    Every method raises HypervisorAway when it cannot be reached and StepRefused when it says no.

    Args:
        simulated: no guest of it is a process.
    """

    simulated: bool

    async def list(self) -> Sequence[DomainView]:
        """All domains of ours."""
        ...

    async def look(self, uid: MachineUid) -> DomainView | None:
        """One domain of ours, or None."""
        ...

    async def strangers(self) -> Sequence[StrangerView]:
        """All domains that are not ours."""
        ...

    async def stranger(self, uid: MachineUid) -> StrangerView | None:
        """One domain that is not ours, or None."""
        ...

    async def define(self, definition: Definition) -> None:
        """Make or replace the lasting definition; a running guest goes on as it is."""
        ...

    async def relabel(self, uid: MachineUid, run_epoch: int) -> None:
        """Mark the running guest as being start `run_epoch`."""
        ...

    async def start(self, uid: MachineUid, run_epoch: int, *, paused: bool = False) -> None:
        """Start a defined guest, marked as `run_epoch`. One that runs already is left alone.

        Args:
            paused: before its first instruction; `go_on` lets it begin.
        """
        ...

    async def go_on(self, uid: MachineUid) -> None:
        """Let a paused guest go on. Safe on one that runs."""
        ...

    async def process(self, uid: MachineUid) -> HostProcess | None:
        """The process of an active guest; None when it cannot be told, or nothing real runs."""
        ...

    async def ask_shutdown(self, uid: MachineUid) -> None:
        """Press the guest's power button. Safe to repeat, and on a stopped guest."""
        ...

    async def destroy(self, uid: MachineUid) -> None:
        """Switch the guest off at once. Safe on a stopped guest."""
        ...

    async def undefine(self, uid: MachineUid) -> None:
        """Forget a stopped guest. Safe on one that is not defined."""
        ...

    def on_change(self, callback: Callable[[MachineUid | None], None]) -> None:
        """Call `callback` in the event loop when a domain changed, ours or not; None means that any
        may have, as after a reconnect."""
        ...


class RunningCount(Protocol):
    """Counts the guests that run on this host."""

    async def __call__(self) -> int:
        """Return how many run now.

        Raises:
            HypervisorAway: nobody can say.
        """
        ...


class HostPower(Protocol):
    """The power of the host itself."""

    async def act(self, action: PowerAction) -> None:
        """Begin to restart the host or to turn it off.

        Raises:
            PowerCommandFailed: the host's own system said no.
        """
        ...


class Guarding(Protocol):
    """The guardian's care for protected machines. Every method raises StepRefused when it does not
    take it, or is not there."""

    async def guard(self, machine: Guarded, *, started: bool) -> GuardedNow:
        """Have `machine` guarded, durable when this returns; return what is guarded now.

        Repeating it is safe.

        Args:
            started: it runs already; else it is new work, refused while nobody vouches for the
                host.
        """
        ...

    async def release(self, uid: MachineUid) -> GuardedNow:
        """Have it guarded no more; return what is guarded now. Safe to repeat."""
        ...

    async def guarded(self) -> GuardedNow:
        """What is guarded now."""
        ...


class VirtTypes(Protocol):
    """Knows how guests are run on this host."""

    async def choose(self) -> VirtType:
        """How guests are run here; the first answer in a boot may take its time."""
        ...


class Images(Protocol):
    """The host's images, by digest, each in the pools of the disks that stand on it; one pull per
    digest and pool however many wait for it."""

    def view(self, base: BaseImage, pool: str) -> BaseView:
        """How far the image is in a pool; costs no waiting."""
        ...

    def views(self) -> Sequence[BaseView]:
        """All images of the cache."""
        ...

    def request(self, base: BaseImage, pool: str) -> None:
        """Have the image pulled; returns at once. Repeating it is safe."""
        ...

    def path(self, digest: Digest, pool: str) -> Path:
        """Where a READY image lies. Raises StepRefused when the pool is not this host's."""
        ...

    def on_change(self, callback: Callable[[Digest], None]) -> None:
        """Call `callback` when an image became ready or failed."""
        ...


class MachineFiles(Protocol):
    """Disks of machines in their pools, seeds and serial logs on the host."""

    async def look(self, machine: WantedMachine) -> FilesView:
        """What is there of a machine."""
        ...

    async def make_disk(self, uid: MachineUid, disk: Disk, base: Path | None) -> None:
        """Make a disk over `base`, or an empty one. One that exists is left alone.

        Raises:
            StepRefused: the pool is full or unknown, the base is larger than the disk, and so on.
        """
        ...

    async def write_seed(self, uid: MachineUid, vm_id: str, seed: Seed) -> None:
        """Write the seed and remove older ones. Safe to repeat."""
        ...

    async def remove(self, machine: WantedMachine) -> None:
        """Remove all files of a machine, but in shared pools only where its disks name them: it may
        live on elsewhere. Safe to repeat."""
        ...

    def disk_path(self, uid: MachineUid, disk: Disk) -> Path:
        """Where a disk lies, or shall."""
        ...

    def seed_path(self, uid: MachineUid, seed: Seed) -> Path:
        """Where a seed lies, or shall."""
        ...

    def serial_log(self, uid: MachineUid) -> Path:
        """Where a machine's serial output is kept."""
        ...

    async def read_serial(self, uid: MachineUid, offset: int, limit: int) -> tuple[bytes, int, int]:
        """Return a piece of the serial log, where it begins, and the size of the whole log, in
        bytes. A negative offset counts from the end; a log that is not there is empty."""
        ...


@dataclass(frozen=True, slots=True)
class PluggedPort:
    """A virtual interface on the integration bridge."""

    port_uid: str
    interface: str
    link_up: bool | None


class Switch(Protocol):
    """The host's virtual switch. Every method raises StepRefused when it does not answer."""

    async def offloads(self) -> bool:
        """Whether virtual NICs may leave checksums to the host."""
        ...

    async def ports(self) -> Sequence[PluggedPort]:
        """The ports that are plugged."""
        ...

    async def chassis(self) -> str:
        """OVN's name of this host; empty when it has none."""
        ...

    async def bridge_mappings(self) -> Sequence[str]:
        """Names of the physical networks that this host reaches."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How this host stands with the control plane, as its guardian says.

    Args:
        node_uid: the host's machine uuid.
        boot: the present life of the host.
        live: a beat was acknowledged so recently that new work may start.
        endpoints: host:port of the mesh ports of each service.
    """

    node_uid: str
    boot: BootId
    live: bool
    endpoints: dict[str, tuple[str, ...]]


class Guardian(Protocol):
    """What the guardian tells of the host's session."""

    def standing(self) -> Standing:
        """How the host stands now; read afresh."""
        ...


@dataclass(frozen=True, slots=True)
class OwnerAnswer:
    """What an owner answers to a report: whether it wants everything. `differences` names what
    host and owner see differently, for the log."""

    full_wanted: bool = False
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standpoint:
    """How a report of everything stands to the ones before.

    Args:
        unchanged: nothing changed since the last one: names are left out.
        state_hash: of everything; "" when it could not be seen.
        change_count: counts the changes seen of any of it.
        observed: when the host looked.
    """

    unchanged: bool
    state_hash: str
    change_count: int
    observed: datetime


class MachineOwner(Protocol):
    """The service that owns machines."""

    async def report(
        self,
        standing: Standing,
        machines: Sequence[ObservedMachine],
        *,
        full: bool,
        state_hash: str,
    ) -> OwnerAnswer:
        """Tell it what is seen, and the hash of everything. Raises Refusal; repeating is safe."""
        ...


@dataclass(frozen=True, slots=True)
class CachedImage:
    """An image of the cache, how many machines stand on it, and its change count."""

    view: BaseView
    pin_count: int
    change_count: int


@dataclass(frozen=True, slots=True)
class SwitchView:
    """What is plugged, each port with its change count; `error` says why that cannot be seen."""

    chassis: str
    ports: tuple[tuple[PluggedPort, int], ...] = ()
    error: str = ""


class CacheOwner(Protocol):
    """The service that owns images."""

    async def report(
        self, standing: Standing, images: Sequence[CachedImage], stand: Standpoint
    ) -> OwnerAnswer:
        """Tell it what the cache holds. Raises Refusal; repeating is safe."""
        ...


class PortOwner(Protocol):
    """The service that owns ports."""

    async def report(
        self, standing: Standing, switch: SwitchView, stand: Standpoint
    ) -> OwnerAnswer:
        """Tell it which ports are plugged. Raises Refusal; repeating is safe."""
        ...


class HostWatch(Protocol):
    """Reads what the host is and how it is."""

    async def report(self) -> HostReport:
        """Everything now; what cannot be read stays unset."""
        ...


class Feed(Protocol):
    """The way to the guardian."""

    async def send(self, report: HostReport) -> None:
        """Hand over a report. Raises OSError when the guardian does not take it."""
        ...


class Wake(Protocol):
    """Has a machine looked at again."""

    def __call__(self, uid: MachineUid, *, after: timedelta = timedelta()) -> None: ...
