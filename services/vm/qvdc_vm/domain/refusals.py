"""The ways in which the vm service says no."""

from datetime import timedelta

from qvdc_core.errors import Kind, Refusal
from qvdc_vm.domain.placement import PlacementPlan
from qvdc_vm.domain.state import State, Verb


class InvalidPowerState(Refusal):
    """The verb is not allowed in the state that the machine is in."""

    kind = Kind.PRECONDITION
    reason = "INVALID_POWER_STATE"

    def __init__(self, vm: str, state: State, verb: Verb) -> None:
        super().__init__(
            f"{vm} is {state.value}: {verb.value} is not possible now.",
            vm=vm,
            state=state.value,
            verb=verb.value,
        )


class VmNameTaken(Refusal):
    """The id is used by another machine."""

    kind = Kind.EXISTS
    reason = "VM_NAME_TAKEN"

    def __init__(self, vm: str) -> None:
        super().__init__(f"{vm} exists already.", vm=vm)


class Busy(Refusal):
    """An operation runs on the machine."""

    kind = Kind.ABORTED
    reason = "BUSY"

    def __init__(self, vm: str, operation: str) -> None:
        super().__init__(
            f"operations/{operation} runs on {vm}: wait for it.",
            retry_after=timedelta(seconds=2),
            vm=vm,
            operation=f"operations/{operation}",
        )


class DeleteProtected(Refusal):
    """The machine is protected against deletion."""

    kind = Kind.PRECONDITION
    reason = "DELETE_PROTECTED"

    def __init__(self, vm: str) -> None:
        super().__init__(f"{vm} is protected: set delete_protection to false first.", vm=vm)


class StaleMachine(Refusal):
    """Somebody else stored the machine since it was read; nothing was changed."""

    kind = Kind.ABORTED
    reason = "BUSY"

    def __init__(self, vm: str) -> None:
        super().__init__(
            f"{vm} changed at the same moment: try again.",
            retry_after=timedelta(milliseconds=100),
            vm=vm,
        )


class NoPlacement(Refusal):
    """No host can take the machine; the facts hold what each lacks."""

    kind = Kind.EXHAUSTED
    reason = "NO_PLACEMENT"

    def __init__(self, vm: str, plan: PlacementPlan) -> None:
        why = plan.explanation or "the cluster has no host"
        super().__init__(
            f"None of {len(plan.verdicts)} hosts can take {vm}: {why}.",
            vm=vm,
            hosts_considered=len(plan.verdicts),
            verdicts=why,
        )


class NodeNotAssigned(Refusal):
    """The machine has no host."""

    kind = Kind.PRECONDITION
    reason = "NODE_NOT_ASSIGNED"

    def __init__(self, vm: str) -> None:
        super().__init__(f"{vm} has no node yet.", vm=vm)


class NodeUnreachable(Refusal):
    """The machine's host does not answer."""

    kind = Kind.UNAVAILABLE
    reason = "NODE_UNREACHABLE"

    def __init__(self, node: str, *, vm: str | None = None, why: str = "") -> None:
        cause = f": {why}" if why else ""
        super().__init__(
            f"{node} does not answer{cause}.",
            retry_after=timedelta(seconds=3),
            vm=vm,
            node=node,
        )


class GuestIgnoredShutdown(Refusal):
    """The guest did not shut down in time."""

    kind = Kind.DEADLINE
    reason = "GUEST_IGNORED_SHUTDOWN"

    def __init__(self, vm: str, waited: timedelta) -> None:
        seconds = int(waited.total_seconds())
        super().__init__(
            f"The guest of {vm} was asked to shut down and still runs after {seconds} s:"
            " power it off, or look at its console.",
            vm=vm,
            waited_seconds=seconds,
        )


class HostProblem(Refusal):
    """The host met something that trying again will not help; the reason is the host's."""

    kind = Kind.PRECONDITION

    def __init__(self, vm: str, node: str, reason: str, message: str) -> None:
        super().__init__(f"{node}: {message}", vm=vm, node=node)
        self.reason = reason


class NotDoneInTime(Refusal):
    """A create or start was not done by its deadline; `waiting_for` says what it hung on."""

    kind = Kind.DEADLINE
    reason = "DEADLINE_EXCEEDED"

    def __init__(self, vm: str, waiting_for: str) -> None:
        super().__init__(
            f"{vm} was not ready in time; it waited for: {waiting_for}.",
            vm=vm,
            waiting_for=waiting_for,
        )


class MachineLost(Refusal):
    """The host answers and has nothing of the machine any more."""

    kind = Kind.PRECONDITION
    reason = "MISSING_ON_NODE"

    def __init__(self, vm: str, node: str) -> None:
        super().__init__(f"{node} has nothing of {vm} any more.", vm=vm, node=node)


class DiskSmallerThanImage(Refusal):
    """A disk was asked for smaller than what its image holds."""

    kind = Kind.INVALID
    reason = "INVALID_ARGUMENT"

    def __init__(self, vm: str, disk_id: str, size_bytes: int, virtual_size_bytes: int) -> None:
        super().__init__(
            f"Disk {disk_id} of {vm} has {size_bytes} bytes, its image needs {virtual_size_bytes}.",
            vm=vm,
            disk=disk_id,
            size_bytes=size_bytes,
            needed_bytes=virtual_size_bytes,
        )
