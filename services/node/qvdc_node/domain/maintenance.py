"""Emptying a node: what is wanted, and which machines keep it from being empty (ND-5, ND-12)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from qvdc_core.errors import Kind, Refusal
from qvdc_node.domain.node import Drain, DrainBlocker, Intent, Mode, Node
from qvdc_node.domain.placement import Placed

SHOWN = 20
AT_REST = frozenset({"STOPPED", "CRASHED", "ERROR", "PENDING", "SUSPENDED", "TERMINATED"})
"""States of machines of which nothing runs on the host."""
_MOVABLE_ONE_DAY = frozenset({"RUNNING", "PAUSED"})
_UNSEEN = frozenset({"UNKNOWN", "LOST", ""})


class Busy(Refusal):
    """An operation on the node is under way."""

    kind = Kind.ABORTED
    reason = "BUSY"

    def __init__(self, node: str, operation: str) -> None:
        super().__init__(
            f"operations/{operation} runs on {node}: wait for it, or cancel it.",
            retry_after=timedelta(seconds=2),
            node=node,
            operation=f"operations/{operation}",
        )


def blocker(placed: Placed) -> DrainBlocker:
    """Return why the machine keeps its node from being empty, and what to do about it."""
    if placed.state in _MOVABLE_ONE_DAY:
        return DrainBlocker(
            placed.machine,
            "NOT_MOVABLE",
            "It runs and cannot be moved to another host: shut it down.",
        )
    if placed.state in _UNSEEN:
        return DrainBlocker(
            placed.machine, "UNOBSERVED", "It is not known whether it runs: wait for its host."
        )
    return DrainBlocker(placed.machine, "IN_TRANSITION", f"It is {placed.state}: wait for it.")


def blocked(drain: Drain, placed: Sequence[Placed], count: int) -> Drain:
    """Return `drain` with what blocks it now.

    Args:
        placed: the first of the machines that do, by name.
        count: of all that do.
    """
    return replace(drain, blockers=tuple(blocker(each) for each in placed), blocker_count=count)


def told(drain: Drain) -> str:
    """Return in one line what blocks `drain`."""
    if not drain.blocker_count:
        return ""
    names = ", ".join(f"{each.machine} ({each.reason})" for each in drain.blockers)
    more = drain.blocker_count - len(drain.blockers)
    return f"{drain.blocker_count} machines: {names}" + (f" and {more} more" if more else "")


def draining(node: Node, operation: str) -> Node:
    """Return `node` cordoned, being emptied by `operation`; maintenance stays maintenance.

    Raises:
        Busy: it is being emptied already.
    """
    if node.drain is not None:
        raise Busy(node.name, node.drain.operation)
    mode = node.intent.mode if node.intent.mode is Mode.MAINTENANCE else Mode.CORDONED
    return replace(node, intent=replace(node.intent, mode=mode), drain=Drain(operation))


def in_maintenance(node: Node, operation: str) -> Node:
    """Return `node` in maintenance; a drain under way goes on, else `operation` begins one."""
    intent = replace(node.intent, mode=Mode.MAINTENANCE)
    return replace(node, intent=intent, drain=node.drain or Drain(operation))


def out_of_maintenance(node: Node) -> Node:
    """Return `node` active again; a no-op unless it is in maintenance."""
    if node.intent.mode is not Mode.MAINTENANCE:
        return node
    return replace(node, intent=replace(node.intent, mode=Mode.ACTIVE), drain=None)


def given_up(node: Node) -> Node:
    """Return `node` when its drain was cancelled: cordoned, for it did not become empty."""
    mode = Mode.CORDONED if node.intent.mode is Mode.MAINTENANCE else node.intent.mode
    return replace(node, intent=replace(node.intent, mode=mode), drain=None)


def uncordoned(node: Node) -> Intent:
    """Return the intent with new machines welcome; maintenance stays maintenance.

    Raises:
        Busy: it is being emptied.
    """
    if node.intent.mode is not Mode.CORDONED:
        return node.intent
    if node.drain is not None:
        raise Busy(node.name, node.drain.operation)
    return replace(node.intent, mode=Mode.ACTIVE)
