"""What hosts see of machines, and what may be believed of late news."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from qvdc_core.state_hash import SeenItem, state_hash
from qvdc_vm.domain.values import MachineUid

ENDED_WITH_HOST = "host"
"""The cause of an end that came with the end of the host's own life."""


class ObservedState(Enum):
    """What the hypervisor says."""

    PREPARING = "PREPARING"
    STOPPED = "STOPPED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CRASHED = "CRASHED"
    ABSENT = "ABSENT"
    STOPPING = "STOPPING"

    @property
    def up(self) -> bool:
        """Whether a guest exists in memory."""
        return self in (ObservedState.RUNNING, ObservedState.PAUSED, ObservedState.STOPPING)

    @property
    def down(self) -> bool:
        """Whether no guest runs and nothing is being made ready."""
        return self in (ObservedState.STOPPED, ObservedState.CRASHED, ObservedState.ABSENT)

    @property
    def defined(self) -> bool:
        """Whether the host has made the machine: its disks exist."""
        return self not in (ObservedState.PREPARING, ObservedState.ABSENT)


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way on the host; `final`: trying again will not help."""

    reason: str
    message: str
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One machine as one host saw it.

    Args:
        generation: of the wanted state that the host holds; 0 when it holds none.
        settled: the wanted state of `generation` is reached.
        change_count: counts changes since the domain was made.
        cause: why it is in this state, in the hypervisor's words.
        stage: what the host does now: pulling, disks, seed, defining, starting.
        guarded: it ends with the host's session.
    """

    state: ObservedState
    generation: int
    run_epoch: int
    observe_time: datetime
    settled: bool = False
    change_count: int = 0
    cause: str = ""
    since_time: datetime | None = None
    stage: str = ""
    done_bytes: int | None = None
    total_bytes: int | None = None
    problem: Problem | None = None
    cpu_percent: float | None = None
    memory_used_bytes: int | None = None
    guarded: bool = False

    def older_than(self, known: "Observed") -> bool:
        """Whether this is late news after `known`.

        All signs must point backwards: a restarted agent counts changes anew but tells a later
        time, and a host whose clock was set back still counts on.
        """
        return (
            self.observe_time < known.observe_time
            and self.change_count <= known.change_count
            and self.generation <= known.generation
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What a hypervisor says of a domain that nobody asked the host for.

    Args:
        marked: it carries the mark of this product.
    """

    name: str
    vcpu_count: int | None = None
    memory_bytes: int | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """One machine in a host's report; `domain` is set when the host holds no wish about it."""

    uid: MachineUid
    observed: Observed
    domain: Domain | None = None


class ConflictKind(Enum):
    """How host and owner differ."""

    MISSING_ON_NODE = "MISSING_ON_NODE"
    MISSING_IN_INVENTORY = "MISSING_IN_INVENTORY"
    STATE_MISMATCH = "STATE_MISMATCH"
    WRONG_NODE = "WRONG_NODE"
    STALE_EPOCH = "STALE_EPOCH"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One machine on which host and owner differ."""

    uid: MachineUid
    kind: ConflictKind


def never_heard_of(now: datetime) -> Observed:
    """What a host that never heard of a machine says about it."""
    return Observed(
        state=ObservedState.ABSENT,
        generation=0,
        run_epoch=0,
        observe_time=now,
        cause="the host never heard of it",
    )


def missing_from_report(known: Observed, now: datetime) -> Observed:
    """What a full report without the machine says about it: nothing of it is there."""
    return Observed(
        state=ObservedState.ABSENT,
        generation=0,
        run_epoch=known.run_epoch,
        observe_time=now,
        cause="missing from the host's report",
    )


def view_hash(seen: Iterable[tuple[str, ObservedState, int]]) -> str:
    """The hash of a host's machines, from uid, state and change count of each (HB-3).

    What is ABSENT counts as not there. The host computes the same over what it sees.
    """
    return state_hash(
        SeenItem(uid, state.value, change_count)
        for uid, state, change_count in seen
        if state is not ObservedState.ABSENT
    )
