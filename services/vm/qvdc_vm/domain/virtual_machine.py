"""The machine: what is wanted of it, what it holds, what was seen of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from qvdc_core.errors import EtagMismatch
from qvdc_core.operation import OperationFailure
from qvdc_vm.domain.observation import Observed, ObservedState
from qvdc_vm.domain.protection import (
    AS_USUAL,
    NO_PROTECTION,
    HaPolicy,
    Protection,
    RestartWish,
    Unprotected,
    protection_of,
    unprotected_because,
)
from qvdc_vm.domain.state import HostPower, State, Verb
from qvdc_vm.domain.values import HostUid, MachineUid, PowerWish, Spec

REPORT_EVERY = timedelta(seconds=15)
"""How often a host tells what it sees, at the least."""
STALE_AFTER = 3 * REPORT_EVERY
"""Without a report for this long, what was seen is shown as stale (GEN-13)."""


class Released(Enum):
    """What a removal has given back already."""

    PORTS = "PORTS"
    IMAGES = "IMAGES"
    POOLS = "POOLS"
    PLACEMENT = "PLACEMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The operation that works on a machine now.

    Args:
        operation: id of the operation.
        deadline: until when a create or start waits for what is on its way; None for ever.
        grace_deadline: until when the guest may take to shut down.
        cut: the grace is over and the power is being cut.
        failing: why it will fail, while what it did is being undone.
    """

    verb: Verb
    operation: str
    start_time: datetime
    deadline: datetime | None = None
    grace_deadline: datetime | None = None
    power_off_after_grace: bool = False
    cut: bool = False
    failing: OperationFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualMachine:
    """A machine, as stored.

    Written by people (through verbs): display_name to power_wish, `work`.
    Assigned by the machine loop: node to protection_generation. Written by observation alone:
    observed, provisioned, doubtful. Derived by `settle` whenever any of them changes: state*.

    Args:
        generation: counts changes of what people want; the etag comes from it.
        revision: counts stored changes of any kind; consumers of Watch drop older ones.
        host_generation: counts changes of what the host shall hold.
        run_epoch: which start is the current one; 0 before the first.
        removing: nothing of it shall be left on the host; claims are given back after.
        released: what the removal gave back already.
        provisioned: the host was seen to have its disks.
        doubtful: its host stopped answering after `observed` was seen.
        last_error: why the last operation failed; None after one that succeeded.
        swept: after termination, everything was released once more.
        protection: what its host shall hold of it, since `protection_generation`.
        host_report_time: when its host last told anything; read with it, never written.
        ha: its cluster's policy, None while it is not known; read with it, never written.
    """

    uid: MachineUid
    id: str
    spec: Spec
    create_time: datetime
    update_time: datetime
    updated_by: str
    display_name: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    delete_protection: bool = False
    restart: RestartWish = AS_USUAL
    power_wish: PowerWish = PowerWish.OFF
    generation: int = 1
    revision: int = 1
    work: Work | None = None
    node: str = ""
    node_uid: HostUid | None = None
    host_generation: int = 1
    run_epoch: int = 0
    removing: bool = False
    released: frozenset[Released] = frozenset()
    protection: Protection = NO_PROTECTION
    protection_generation: int = 0
    last_error: OperationFailure | None = None
    observed: Observed | None = None
    provisioned: bool = False
    doubtful: bool = False
    state: State = State.PENDING
    state_message: str = ""
    state_time: datetime
    terminate_time: datetime | None = None
    swept: bool = False
    host_report_time: datetime | None = None
    ha: HaPolicy | None = None

    @property
    def name(self) -> str:
        """`vms/<id>`."""
        return f"vms/{self.id}"

    @property
    def etag(self) -> str:
        """Changes whenever people change what they want of the machine."""
        return f"{self.uid[:8]}-{self.generation}"

    @property
    def held(self) -> bool:
        """Whether the host was seen to hold what it shall hold now."""
        return self.observed is not None and self.observed.generation >= self.host_generation

    @property
    def gone_from_host(self) -> bool:
        """Whether the host was seen to hold that nothing of it shall be there, and it is so."""
        return (
            self.held and self.observed is not None and self.observed.state is ObservedState.ABSENT
        )

    @property
    def due_protection(self) -> Protection:
        """What its host shall hold; as it is while nobody knows the cluster's policy."""
        return self.protection if self.ha is None else protection_of(self.restart, self.ha)

    @property
    def unprotected(self) -> Unprotected | None:
        """Why nobody may restart it elsewhere; None when its host was seen to guard it."""
        if not self.protection.protected:
            reason = unprotected_because(self.restart, self.ha)
            return reason or Unprotected.NOT_GUARDED_YET
        seen = self.observed
        if seen is None or seen.generation < self.protection_generation:
            return Unprotected.NOT_GUARDED_YET
        return Unprotected.NOT_GUARDED_YET if seen.state.up and not seen.guarded else None

    @property
    def observe_time(self) -> datetime | None:
        """When what was seen was last known to hold: its host confirms it with each report."""
        if self.observed is None or self.doubtful or self.host_report_time is None:
            return self.observed.observe_time if self.observed is not None else None
        return self.host_report_time

    def stale(self, now: datetime) -> bool:
        """Whether what was seen is older than three reporting intervals (GEN-13)."""
        if self.observed is None or self.node_uid is None:
            return False
        told = self.host_report_time
        return self.doubtful or told is None or now - told > STALE_AFTER

    def require(self, etag: str) -> None:
        """Go on only if `etag` is unset or current.

        Raises:
            EtagMismatch: somebody was faster.
        """
        if etag and etag != self.etag:
            raise EtagMismatch(
                self.name, changed_by=self.updated_by, change_time=self.update_time.isoformat()
            )


def host_power(machine: VirtualMachine) -> HostPower:
    """What the host shall do with the power now.

    A machine at rest is told to stay as it was seen: a guest that powered itself off is not
    started again by a repeated message, whatever `power_wish` says.
    """
    if machine.removing:
        return HostPower.OFF
    work = machine.work
    if work is None:
        up = machine.observed is not None and machine.observed.state.up
        return HostPower.ON if up else HostPower.OFF
    match work.verb:
        case Verb.CREATE | Verb.START:
            wanted = machine.power_wish is PowerWish.ON and work.failing is None
            return HostPower.ON if wanted else HostPower.OFF
        case Verb.SHUTDOWN:
            return HostPower.OFF if work.cut else HostPower.SHUTDOWN
        case Verb.POWER_OFF | Verb.DELETE:
            return HostPower.OFF


def settle(machine: VirtualMachine, now: datetime) -> VirtualMachine:
    """Return `machine` with the state that follows from everything else."""
    state, message = _shown(machine)
    if state is machine.state:
        return replace(machine, state_message=message)
    return replace(machine, state=state, state_message=message, state_time=now)


def _shown(machine: VirtualMachine) -> tuple[State, str]:
    if machine.terminate_time is not None:
        return State.TERMINATED, ""
    work = machine.work
    if work is not None and work.verb is Verb.DELETE:
        return State.DELETING, ""
    if machine.doubtful and machine.node_uid is not None:
        return State.UNKNOWN, f"{machine.node} does not answer"
    if work is not None:
        return _shown_at_work(machine, work), ""
    return _shown_at_rest(machine)


def _shown_at_work(machine: VirtualMachine, work: Work) -> State:
    match work.verb:
        case Verb.CREATE:
            if machine.node_uid is None:
                return State.PENDING
            if machine.provisioned and machine.power_wish is PowerWish.ON:
                return State.STARTING
            return State.PROVISIONING
        case Verb.START:
            return State.STARTING
        case Verb.SHUTDOWN | Verb.POWER_OFF:
            return State.STOPPING
        case Verb.DELETE:
            return State.DELETING


def _shown_at_rest(machine: VirtualMachine) -> tuple[State, str]:
    error = machine.last_error.message if machine.last_error is not None else ""
    seen = machine.observed
    if seen is None or not machine.provisioned:
        return State.ERROR, error or "it was never made"
    match seen.state:
        case ObservedState.RUNNING:
            return State.RUNNING, error or (seen.problem.message if seen.problem else seen.cause)
        case ObservedState.STOPPING:
            return State.RUNNING, "the guest is going down"
        case ObservedState.STOPPED:
            return State.STOPPED, error or _why_stopped(machine, seen)
        case ObservedState.PAUSED:
            return State.PAUSED, seen.problem.message if seen.problem else seen.cause
        case ObservedState.CRASHED:
            return State.CRASHED, seen.cause or "the guest crashed"
        case ObservedState.ABSENT:
            return State.LOST, seen.cause or f"{machine.node} has nothing of it"
        case ObservedState.PREPARING:
            return State.UNKNOWN, f"{machine.node} makes it ready again: {seen.stage}"


def _why_stopped(machine: VirtualMachine, seen: Observed) -> str:
    if machine.power_wish is PowerWish.ON:
        return f"it stopped by itself: {seen.cause or 'cause unknown'}"
    return seen.cause
