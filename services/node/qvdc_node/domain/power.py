"""Restarting hosts and turning them off: what is asked, and when it has happened (ND-7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from qvdc_core.errors import Kind, Refusal
from qvdc_node.domain.node import Node, NodeUid, Phase
from qvdc_node.domain.placement import Placed

ANSWER_WITHIN = timedelta(minutes=2)
"""How long the host may take to be asked; it had a session when it was wanted."""
BACK_WITHIN = timedelta(minutes=20)
"""How long a host may take from its command to its next life: big ones test their memory."""
SILENT_WITHIN = timedelta(minutes=10)
"""How long a host may take from its command to silence: guests that are asked take their time."""
_GONE = frozenset({Phase.OFFLINE, Phase.FENCED})


class PowerVerb(Enum):
    """What is asked of a host."""

    REBOOT = "reboot"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerAction:
    """A host that shall restart or turn off.

    Args:
        operation: id of the operation.
        boot_id: the life that shall end.
        machine_count: machines that may run and end with it.
        told: the host confirmed, at `told_time`; None before.
    """

    node_uid: NodeUid
    operation: str
    verb: PowerVerb
    boot_id: str
    machine_count: int
    create_time: datetime
    told_time: datetime | None = None


class Progress(Enum):
    """What to do about a power action now."""

    ASK = "ask"
    WAIT = "wait"
    DONE = "done"
    LATE = "late"


def progress(action: PowerAction, *, boot_id: str, session: bool | None, now: datetime) -> Progress:
    """Return how far `action` is.

    Args:
        boot_id: of the host as it registered last.
        session: whether it has a session; None while nobody can say.
    """
    if action.verb is PowerVerb.REBOOT and boot_id != action.boot_id:
        return Progress.DONE
    if action.told_time is None:
        return Progress.LATE if now - action.create_time > ANSWER_WITHIN else Progress.ASK
    if action.verb is PowerVerb.SHUTDOWN and session is False:
        return Progress.DONE
    return Progress.LATE if now - action.told_time > time_limit(action) else Progress.WAIT


def time_limit(action: PowerAction) -> timedelta:
    """Return how long the present step of `action` may take."""
    if action.told_time is None:
        return ANSWER_WITHIN
    return BACK_WITHIN if action.verb is PowerVerb.REBOOT else SILENT_WITHIN


def check_power(
    node: Node, placed: Sequence[Placed], placed_count: int, *, force: bool, machine_count: int
) -> int:
    """Return with how many machines the host of `node` may end.

    Args:
        placed: the first of the machines placed there that are not at rest, by name.
        placed_count: of all of these.
        machine_count: repeated by who forces.

    Raises:
        NodeSilent: the host cannot be asked.
        NodeHasRunningVms: machines run there, and it was not forced with their number.
    """
    if node.phase in _GONE:
        raise NodeSilent(node.name, node.phase)
    usage = node.observed.usage
    running = max(placed_count, (usage.machine_count or 0) if usage is not None else 0)
    if running and not (force and machine_count == running):
        raise NodeHasRunningVms(node.name, [each.machine for each in placed], running)
    return running


class NodeHasRunningVms(Refusal):
    """Machines run on the node."""

    kind = Kind.PRECONDITION
    reason = "NODE_HAS_RUNNING_VMS"

    def __init__(self, node: str, machines: Sequence[str], count: int) -> None:
        names = ", ".join(machines) or "none of them placed there by this site"
        super().__init__(
            f"{count} machines run on {node}: {names}. Drain it first, or force it with their"
            " number.",
            node=node,
            count=count,
            machines=",".join(machines),
        )


class NodeSilent(Refusal):
    """The node's host cannot be asked."""

    kind = Kind.PRECONDITION
    reason = "NODE_SILENT"

    def __init__(self, node: str, phase: Phase) -> None:
        super().__init__(
            f"{node} is {phase.value}: its host cannot be asked.", node=node, phase=phase.value
        )


class PowerTimedOut(Refusal):
    """The host did not do it in its time."""

    kind = Kind.DEADLINE
    reason = "POWER_TIMED_OUT"

    def __init__(self, node: str, action: PowerAction) -> None:
        limit = time_limit(action)
        what = {
            PowerVerb.REBOOT: "register with a new boot id",
            PowerVerb.SHUTDOWN: "fall silent",
        }[action.verb]
        if action.told_time is None:
            what = "answer"
        super().__init__(
            f"The host of {node} did not {what} within {limit}.",
            node=node,
            verb=action.verb.value,
            within_seconds=int(limit.total_seconds()),
        )
