"""Marks: conditions that the service says of a node, which no host can set or clear."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from qvdc_node.domain.inventory import Condition, Status
from qvdc_node.domain.node import NodeUid, Standing

DUPLICATE_HOSTNAME = "DuplicateHostname"
HARDWARE_CHANGED = "HardwareChanged"
CLONE_SEEN = "CloneSeen"
CLUSTER_PENDING = "ClusterPending"
HOST_POWER = "HostPower"
HOST_LEFT = "HostLeft"
EVICTION_PENDING = "EvictionPending"
MARKS = frozenset(
    {
        DUPLICATE_HOSTNAME,
        HARDWARE_CHANGED,
        CLONE_SEEN,
        CLUSTER_PENDING,
        HOST_LEFT,
        HOST_POWER,
        EVICTION_PENDING,
    }
)
CLONE_SEEN_FOR = timedelta(hours=1)
"""How long after the last refused copy a node shows that there is one."""
_DIFF_SHOWN = 2000


def marked(
    marks: tuple[Condition, ...], kind: str, reason: str, message: str, now: datetime
) -> tuple[Condition, ...]:
    """Return `marks` with the mark `kind` set; `since` says when it was last set anew."""
    mark = Condition(
        type=kind,
        status=Status.TRUE,
        reason=reason,
        message=message[:_DIFF_SHOWN],
        since=now,
    )
    others = (each for each in marks if each.type != kind)
    return tuple(sorted((*others, mark), key=lambda each: each.type))


def cleared(marks: tuple[Condition, ...], kind: str) -> tuple[Condition, ...]:
    """Return `marks` without the mark `kind`."""
    return tuple(each for each in marks if each.type != kind)


def has_mark(marks: Iterable[Condition], kind: str) -> bool:
    """Return whether the mark `kind` is set."""
    return any(each.type == kind for each in marks)


def shared_hostnames(standings: Iterable[Standing]) -> Mapping[NodeUid, tuple[str, ...]]:
    """Return, of each node whose host name is also another's, the uids of the others."""
    known = list(standings)
    count = Counter(each.hostname for each in known)
    doubled: dict[str, list[NodeUid]] = {}
    for each in known:
        if each.hostname and count[each.hostname] > 1:
            doubled.setdefault(each.hostname, []).append(each.uid)
    return {
        uid: tuple(other for other in uids if other != uid)
        for uids in doubled.values()
        for uid in uids
    }


def settled_marks(
    standing: Standing, others: tuple[str, ...], now: datetime
) -> tuple[Condition, ...]:
    """Return the marks that `standing` should have.

    Args:
        others: uids of the nodes with its host name.
    """
    marks = standing.marks
    if not others:
        marks = cleared(marks, DUPLICATE_HOSTNAME)
    elif not has_mark(marks, DUPLICATE_HOSTNAME):
        message = f"The host name {standing.hostname} is also that of {', '.join(others)}."
        marks = marked(marks, DUPLICATE_HOSTNAME, "SHARED", message, now)
    seen = next((each for each in marks if each.type == CLONE_SEEN), None)
    if seen is not None and seen.since is not None and now - seen.since >= CLONE_SEEN_FOR:
        marks = cleared(marks, CLONE_SEEN)
    return marks
