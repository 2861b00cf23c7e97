"""Comparing the rows that should be with those that are, and saying it in words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from qvdc_network.domain.network import Network
from qvdc_network.domain.ovn_rows import NbRow, NbTable, Value, rows_of
from qvdc_network.domain.port import Port


class RowChange(Enum):
    """What becomes of a row."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Step:
    """One row brought to what it should be; taking the same step twice changes nothing.

    Args:
        row: as it should be; as it is, where it should not be.
        changed: names of the columns that differ, for an update; `ports` stands for the switch
            that a port is on.
    """

    change: RowChange
    row: NbRow
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """What a change of a network would do on OVN."""

    summary: str
    steps: tuple[Step, ...]
    warnings: tuple[str, ...] = ()


_ORDER = {NbTable.SWITCH: 0, NbTable.DHCP: 1, NbTable.PORT: 2}


def diff(wanted: Iterable[NbRow], observed: Iterable[NbRow]) -> tuple[Step, ...]:
    """The steps from `observed` to `wanted`: switches first, removals last, ports before switches.

    A row of ours that is there twice is a step too: taking it removes the second.
    """
    should = {row.identity: row for row in wanted}
    found: dict[tuple[NbTable, str], list[NbRow]] = {}
    for row in observed:
        found.setdefault(row.identity, []).append(row)
    steps = [
        step
        for identity in sorted(should, key=_place)
        if (step := _step(should[identity], found.get(identity, ()))) is not None
    ]
    extra = sorted(found.keys() - should.keys(), key=_place, reverse=True)
    return (*steps, *(Step(RowChange.DELETE, found[each][0]) for each in extra))


def by_network(steps: Iterable[Step]) -> dict[str, tuple[Step, ...]]:
    """The steps of each network, by its uid, in their order."""
    grouped: dict[str, list[Step]] = {}
    for step in steps:
        grouped.setdefault(step.row.network, []).append(step)
    return {uid: tuple(each) for uid, each in grouped.items()}


def plan_change(
    before: Network | None,
    after: Network | None,
    ports: Sequence[Port] = (),
    warnings: Sequence[str] = (),
) -> NetworkPlan:
    """What making `after` of `before` would do; None is a network that is not there."""
    old = rows_of(before, ports) if before is not None else []
    new = rows_of(after, ports) if after is not None else []
    steps = diff(new, old)
    name = (after or before or _nobody()).name
    return NetworkPlan(_sentence(name, before, after, steps), steps, tuple(warnings))


def describe(steps: Iterable[Step]) -> str:
    """The steps in words: create 1 Logical_Switch, update 2 Logical_Switch_Port."""
    counted = Counter((step.change, step.row.table) for step in steps)
    return ", ".join(
        f"{change.value.lower()} {number} {table.value}"
        for (change, table), number in sorted(
            counted.items(), key=lambda each: (each[0][0].value, _ORDER[each[0][1]])
        )
    )


def text_of(value: Value) -> str:
    """A column's value as OVN's tools print it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={item}" for key, item in sorted(value.items()))
    return ", ".join(value)


def _step(row: NbRow, found: Sequence[NbRow]) -> Step | None:
    if not found:
        return Step(RowChange.CREATE, row)
    changed = _changed(row, found[0])
    if changed or len(found) > 1:
        return Step(RowChange.UPDATE, row, changed)
    return None


def _changed(row: NbRow, found: NbRow) -> tuple[str, ...]:
    names = [name for name, value in row.columns.items() if found.columns.get(name) != value]
    if row.network != found.network:
        names.append("ports")
    return tuple(sorted(names))


def _place(identity: tuple[NbTable, str]) -> tuple[int, str]:
    return _ORDER[identity[0]], identity[1]


def _sentence(
    name: str, before: Network | None, after: Network | None, steps: Sequence[Step]
) -> str:
    if after is None:
        return f"Removes {name} from OVN: {describe(steps)}."
    if before is None:
        return f"Makes {name}{_carried(after)} on OVN: {describe(steps)}."
    if not steps:
        return f"Changes nothing of {name} on OVN."
    return f"Changes {name} on OVN: {describe(steps)}."


def _carried(network: Network) -> str:
    spec = network.spec
    words = f", an {spec.type.value} network with an MTU of {spec.mtu} bytes"
    if spec.subnet is None:
        return f"{words} and no addresses,"
    gateway = f"gateway {spec.subnet.gateway}" if spec.subnet.gateway else "no gateway"
    dhcp = "DHCP" if spec.dhcp.enabled else "no DHCP"
    return f"{words}, {spec.subnet.cidr}, {gateway} and {dhcp},"


def _nobody() -> Network:
    raise ValueError("a plan needs a network before or after")
