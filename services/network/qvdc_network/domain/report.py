"""What hosts tell of their ports, and how that stands to what is stored (HB-3, HB-4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from qvdc_core.state_hash import SeenItem, state_hash
from qvdc_network.domain.port import PluggedPort


@dataclass(frozen=True, slots=True, kw_only=True)
class HostReport:
    """What one host tells of its ports.

    Args:
        error: why ports cannot work there at present; "" when they can.
        unchanged: the last whole report stands; `ports` is empty.
        state_hash: of all that the host has; "" for not told.
        change_count: counts the changes that the host saw of any of them.
    """

    node_uid: str
    chassis: str
    error: str = ""
    ports: tuple[PluggedPort, ...] = ()
    unchanged: bool = False
    state_hash: str = ""
    change_count: int = 0
    observe_time: datetime

    def later_than(self, change_count: int, observe_time: datetime | None) -> bool:
        """Whether this is newer than the report with these signs; both must point back for it to
        be late: a restarted agent counts anew, and a clock may be set back."""
        if observe_time is None or self.observe_time >= observe_time:
            return True
        return self.change_count > change_count


class ConflictKind(Enum):
    """How host and owner differ."""

    MISSING_ON_NODE = "MISSING_ON_NODE"
    MISSING_IN_INVENTORY = "MISSING_IN_INVENTORY"
    STATE_MISMATCH = "STATE_MISMATCH"
    WRONG_NODE = "WRONG_NODE"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One port on which host and owner differ."""

    port_uid: str
    kind: ConflictKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The owner's view of a report; counts and conflicts of a whole one."""

    state_hash: str
    request_full: bool = False
    conflicts: tuple[Conflict, ...] = ()
    reconciled: int = 0
    discovered: int = 0
    lost: int = 0


def host_hash(ports: Iterable[PluggedPort]) -> str:
    """The hash of what a host has plugged."""
    return state_hash(SeenItem(each.port_uid, each.link, each.change_count) for each in ports)


def compared(
    told: Mapping[str, PluggedPort],
    stored: Mapping[str, PluggedPort],
    *,
    known: frozenset[str],
    elsewhere: frozenset[str],
) -> tuple[Conflict, ...]:
    """Where a host's whole report differs from what was stored of it.

    Args:
        known: uids of the ports among `told` that there are.
        elsewhere: those among `told` that another host, which reports, has plugged too.
    """
    found = []
    for uid, port in sorted(told.items()):
        before = stored.get(uid)
        if uid not in known:
            found.append(Conflict(uid, ConflictKind.MISSING_IN_INVENTORY))
        elif uid in elsewhere:
            found.append(Conflict(uid, ConflictKind.WRONG_NODE))
        elif before is not None and _at_odds(before, port):
            found.append(Conflict(uid, ConflictKind.STATE_MISMATCH))
    found += [
        Conflict(uid, ConflictKind.MISSING_ON_NODE) for uid in sorted(stored.keys() - told.keys())
    ]
    return tuple(found)


def _at_odds(before: PluggedPort, port: PluggedPort) -> bool:
    """Whether one change count goes with two states."""
    return before.change_count == port.change_count != 0 and before.link != port.link
