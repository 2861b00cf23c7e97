"""The host's planner: wanted and seen in, steps out. Pure, and the same every time.

The steps bring a machine towards what is wanted, in order, as far as it can be brought now. What
must be waited for is named. Doing any prefix of the steps and planning again is always safe.
"""

from dataclasses import dataclass, replace

from qvdc_agent.domain.machine import (
    DEFAULT_POOL,
    BaseImage,
    BasePlace,
    Disk,
    Power,
    Seed,
    WantedMachine,
)
from qvdc_agent.domain.pool import MARKER_MISSING
from qvdc_agent.domain.seen import (
    NO_SPACE,
    BaseState,
    BaseView,
    Circumstances,
    DomainPower,
    DomainView,
    Remembered,
    Seen,
    Unseen,
)
from qvdc_core.units import MIB

ROOM_TO_GO_ON_BYTES = 64 * MIB
"""With less, a guest that a full pool halted would only be halted again."""


@dataclass(frozen=True, slots=True)
class PullBase:
    """Begin to pull an image into a pool; it goes on by itself, and once failed is missing again in
    time."""

    base: BaseImage
    pool: str = DEFAULT_POOL
    stage = "pulling"


@dataclass(frozen=True, slots=True)
class MakeDisk:
    """Make a disk that does not exist; one that exists is never touched."""

    disk: Disk
    stage = "disks"


@dataclass(frozen=True, slots=True)
class WriteSeed:
    """Write the seed and remove older ones."""

    seed: Seed
    stage = "seed"


@dataclass(frozen=True, slots=True)
class Define:
    """Give the hypervisor the lasting definition; a running guest sees it at its next start."""

    machine: WantedMachine
    stage = "defining"


@dataclass(frozen=True, slots=True)
class Relabel:
    """Note that the running start goes on as `run_epoch`."""

    run_epoch: int
    stage = "defining"


@dataclass(frozen=True, slots=True)
class Start:
    """Start the guest, as `run_epoch`."""

    run_epoch: int
    stage = "starting"


@dataclass(frozen=True, slots=True)
class GoOn:
    """Let the guest go on: there is room again for what it writes."""

    stage = "resuming"


@dataclass(frozen=True, slots=True)
class AskShutdown:
    """Ask the guest to shut down."""

    stage = "stopping"


@dataclass(frozen=True, slots=True)
class Destroy:
    """Switch the guest off at once."""

    stage = "stopping"


@dataclass(frozen=True, slots=True)
class Undefine:
    """Make the hypervisor forget the machine."""

    stage = "removing"


@dataclass(frozen=True, slots=True)
class RemoveFiles:
    """Remove the machine's disks, seed and logs."""

    stage = "removing"


Step = (
    PullBase
    | MakeDisk
    | WriteSeed
    | Define
    | Relabel
    | Start
    | GoOn
    | AskShutdown
    | Destroy
    | Undefine
    | RemoveFiles
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the machine waits for that no step of ours brings nearer.

    A `reason` makes it a problem to report; without one it is merely under way.
    """

    stage: str
    reason: str = ""
    message: str = ""
    final: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now; no steps and nothing to wait for means that the wanted state is reached."""

    steps: tuple[Step, ...] = ()
    waiting: Waiting | None = None

    @property
    def settled(self) -> bool:
        """Whether the wanted state is reached."""
        return not self.steps and self.waiting is None


def plan_machine(
    wanted: WantedMachine, seen: Seen, remembered: Remembered, circumstances: Circumstances
) -> Plan:
    """Return what brings the machine from `seen` to `wanted`.

    Switching off never waits for anything else; a start comes after everything it needs.
    """
    if wanted.absent:
        return Plan(_removal(seen), _unremovable(seen))
    stopping = _stopping(wanted, seen, circumstances)
    making, missing = _making(wanted, seen)
    runs_on = seen.files.unseen is not None and _active(seen)
    if missing is not None and not runs_on:
        return Plan((*stopping, *making), missing)
    making = (*making, *_defining(wanted, seen))
    starting, waiting = _starting(wanted, seen, remembered, circumstances)
    waiting = waiting or missing
    if waiting is None and _runs_down(wanted, seen):
        waiting = Waiting("stopping")
    return Plan((*stopping, *making, *starting), waiting)


def remember(
    remembered: Remembered, domain: DomainView | None, circumstances: Circumstances
) -> Remembered:
    """Return what is known of the last start now that `domain` was seen.

    A start found running is learnt, whoever made it; one found paused may not have begun. One
    that was begun in this life of the host and runs no more has ended, and is not begun again.
    """
    boot = circumstances.boot
    if domain is not None and domain.power is DomainPower.PAUSED:
        return remembered
    if domain is not None and domain.power.active:
        known = remembered.started_epoch
        newest = domain.run_epoch if known is None else max(known, domain.run_epoch)
        anew = known is not None and newest > known
        by_hand = not anew and (remembered.by_hand or remembered.ended is not None)
        return Remembered(started_epoch=newest, started_boot=boot, by_hand=by_hand)
    begun = remembered.started_epoch is not None and remembered.started_boot == boot
    if begun and remembered.ended is None:
        cause = "missing" if domain is None else domain.cause or "unknown"
        return replace(remembered, ended=cause, by_hand=False)
    return remembered


def _removal(seen: Seen) -> tuple[Step, ...]:
    steps: list[Step] = []
    if seen.domain is not None:
        if seen.domain.power.active:
            steps.append(Destroy())
        steps.append(Undefine())
    if seen.files.anything and seen.files.unseen is None:
        steps.append(RemoveFiles())
    return tuple(steps)


def _unremovable(seen: Seen) -> Waiting | None:
    """Files in a place that cannot be looked at are not gone."""
    unseen = seen.files.unseen
    return None if unseen is None else _unseen("removing", unseen)


def _unseen(stage: str, unseen: Unseen) -> Waiting:
    """A marker that is missing stays so until somebody acts; all else may pass by itself."""
    return Waiting(stage, unseen.reason, unseen.message, unseen.reason == MARKER_MISSING)


def _stopping(wanted: WantedMachine, seen: Seen, circumstances: Circumstances) -> tuple[Step, ...]:
    if not _active(seen):
        return ()
    if wanted.power is Power.OFF:
        return (Destroy(),)
    if wanted.power is Power.SHUTDOWN and not circumstances.shutdown_asked:
        return (AskShutdown(),)
    return ()


def _making(wanted: WantedMachine, seen: Seen) -> tuple[tuple[Step, ...], Waiting | None]:
    if seen.files.unseen is not None:
        return (), _unseen("disks", seen.files.unseen)
    needed = [
        disk for disk in wanted.disks if disk.is_medium or disk.disk_id not in seen.files.disks
    ]
    bases = replace(wanted, disks=tuple(needed)).bases_by_place
    views = {
        place: seen.bases.get(place, BaseView(place.digest, BaseState.MISSING)) for place in bases
    }
    steps: list[Step] = [
        PullBase(bases[place], place.pool)
        for place, view in views.items()
        if view.state is BaseState.MISSING
    ]
    steps += [
        MakeDisk(disk)
        for disk in needed
        if not disk.is_medium
        and (
            disk.base is None
            or views[BasePlace(disk.pool, disk.base.digest)].state is BaseState.READY
        )
    ]
    if wanted.seed is not None and seen.files.seed != wanted.seed.fingerprint:
        steps.append(WriteSeed(wanted.seed))
    return tuple(steps), _awaited(list(views.values()))


def _awaited(views: list[BaseView]) -> Waiting | None:
    open_views = [view for view in views if view.state is not BaseState.READY]
    failed = next((view for view in open_views if view.state is BaseState.FAILED), None)
    if failed is not None:
        return Waiting("pulling", failed.reason, failed.message, failed.final)
    return Waiting("pulling") if open_views else None


def _defining(wanted: WantedMachine, seen: Seen) -> tuple[Step, ...]:
    domain = seen.domain
    if domain is None or domain.generation != wanted.generation:
        return (Define(wanted),)
    return ()


def _starting(
    wanted: WantedMachine, seen: Seen, remembered: Remembered, circumstances: Circumstances
) -> tuple[tuple[Step, ...], Waiting | None]:
    if wanted.power is not Power.ON:
        return (), None
    domain = seen.domain
    if domain is not None and _waits_to_begin(wanted, domain, remembered):
        return (Start(domain.run_epoch),), None
    if domain is not None and domain.power is DomainPower.PAUSED and domain.cause == NO_SPACE:
        return _resuming(seen.files.free_bytes, circumstances)
    if domain is not None and domain.power.active:
        older = domain.run_epoch < wanted.run_epoch
        return ((Relabel(wanted.run_epoch),) if older else ()), None
    if not _start_is_due(wanted, remembered, circumstances):
        return (), None
    if wanted.protected and not circumstances.cleared:
        message = "A protected machine starts only while the control plane vouches for it."
        return (), Waiting("starting", "SESSION_MISSING", message)
    return (Start(wanted.run_epoch),), None


def _resuming(
    free_bytes: int | None, circumstances: Circumstances
) -> tuple[tuple[Step, ...], Waiting | None]:
    room = free_bytes is not None and free_bytes >= ROOM_TO_GO_ON_BYTES
    if room and not circumstances.resumed_lately:
        return (GoOn(),), None
    told = "not known" if free_bytes is None else f"{free_bytes} bytes"
    message = f"Its pool is full (free: {told}): the guest waits, and goes on when there is room."
    return (), Waiting("running", "POOL_FULL", message)


def _waits_to_begin(wanted: WantedMachine, domain: DomainView, remembered: Remembered) -> bool:
    """Whether a start of ours was cut off before the guardian had the machine."""
    begun = remembered.started_epoch
    return (
        wanted.protected
        and domain.power is DomainPower.PAUSED
        and (begun is None or begun < domain.run_epoch)
    )


def _start_is_due(
    wanted: WantedMachine, remembered: Remembered, circumstances: Circumstances
) -> bool:
    """Whether the start `wanted.run_epoch` was not made yet, or went down with the host.

    A protected machine that went down with its host is started by a new epoch alone: under the old
    one a failover may have started it elsewhere meanwhile. Nobody else starts one that is not
    protected, so its epoch stays the current one.
    """
    if remembered.started_epoch is None or remembered.started_epoch < wanted.run_epoch:
        return True
    lost = remembered.ended is None and remembered.started_boot != circumstances.boot
    return lost and not wanted.protected


def _runs_down(wanted: WantedMachine, seen: Seen) -> bool:
    return wanted.power is Power.SHUTDOWN and _active(seen)


def _active(seen: Seen) -> bool:
    return seen.domain is not None and seen.domain.power.active
