"""Reading and writing our rows of the northbound replica."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence
from qvdc_network.adapters.ovsdb import Command
from qvdc_network.domain.ovn_plan import RowChange, Step
from qvdc_network.domain.ovn_rows import (
    NETWORK_KEY,
    PORT_KEY,
    NbRow,
    NbTable,
    Value,
    switch_name,
)
from qvdc_network.domain.refusals import OvnUnavailable

OURS = "qvdc-"
NB_COLUMNS = {
    "NB_Global": ["nb_cfg", "sb_cfg", "external_ids"],
    NbTable.SWITCH.value: ["name", "ports", "external_ids"],
    NbTable.DHCP.value: ["cidr", "options", "external_ids"],
    NbTable.PORT.value: [
        "name",
        "type",
        "addresses",
        "port_security",
        "enabled",
        "dhcpv4_options",
        "options",
        "external_ids",
        "up",
    ],
}
_KEY = {NbTable.SWITCH: NETWORK_KEY, NbTable.DHCP: NETWORK_KEY, NbTable.PORT: PORT_KEY}


def fence_key(loop: str) -> str:
    """The external_ids key of NB_Global that keeps the newest fence of `loop`."""
    return f"{OURS}fence-{loop}"


def our_key(table: NbTable, row: Any) -> str:
    """The uid that `row` stands for; empty for a row that is not ours."""
    return str(row.external_ids.get(_KEY[table], ""))


def read_rows(replica: Any) -> tuple[NbRow, ...]:
    """All rows of ours; everybody else's are left out."""
    rows = [
        NbRow(NbTable.SWITCH, key, key, _columns(NbTable.SWITCH, row))
        for key, row in _ours(replica, NbTable.SWITCH)
    ]
    rows += [
        NbRow(NbTable.DHCP, key, key, _columns(NbTable.DHCP, row))
        for key, row in _ours(replica, NbTable.DHCP)
    ]
    parents = {
        port.uuid: our_key(NbTable.SWITCH, switch)
        for switch in replica.tables[NbTable.SWITCH.value].rows.values()
        for port in switch.ports
    }
    rows += [
        NbRow(NbTable.PORT, key, parents.get(row.uuid, ""), _columns(NbTable.PORT, row))
        for key, row in _ours(replica, NbTable.PORT)
    ]
    return tuple(rows)


def processed(replica: Any) -> bool:
    """Whether northd has worked through everything written."""
    row = _global(replica)
    return row is not None and row.sb_cfg >= row.nb_cfg


class ApplySteps(Command):
    """Takes steps in one transaction that a newer leader's fence makes impossible.

    The fence of NB_Global is read, waited for unchanged by the server, and raised to ours, all
    in this transaction: whoever comes between makes the server refuse it, it is run again, and
    then finds the newer fence.
    """

    def __init__(
        self,
        api: Any,
        steps: Sequence[Step],
        *,
        fence: Fence,
        before_send: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(api)
        self._replica = api.idl
        self._steps = steps
        self._fence = fence
        self._before_send = before_send

    def run_idl(self, txn: Any) -> None:
        """Compose the transaction.

        Raises:
            StaleFence: a newer leader wrote its fence.
            OvnUnavailable: northd has not made NB_Global yet.
        """
        root = self._guard()
        rows = _Rows(self._replica, txn)
        for step in self._steps:
            if step.change is RowChange.DELETE:
                rows.remove(step.row)
            else:
                rows.ensure(step.row)
        root.increment("nb_cfg")
        if self._before_send is not None:
            self._before_send()

    def _guard(self) -> Any:
        root = _global(self._replica)
        if root is None:
            raise OvnUnavailable("northbound")
        key = fence_key(self._fence.loop)
        newest = _fence_of(self._fence.loop, root.external_ids.get(key, ""))
        if newest is not None and newest > self._fence:
            raise StaleFence(self._fence.loop, presented=self._fence, newest=newest)
        # The library sends the wait of a verified column only with a row that is written too.
        root.verify("external_ids")
        root.setkey("external_ids", key, f"{self._fence.site_term}.{self._fence.revision}")
        return root


class _Rows:
    """Our rows of the replica within one transaction, found by key or by our names."""

    def __init__(self, replica: Any, txn: Any) -> None:
        self._replica = replica
        self._txn = txn
        self._found: dict[tuple[NbTable, str], list[Any]] = {}
        self._parents: dict[Any, list[Any]] = {}
        for table in NbTable:
            for row in sorted(self._table(table).values(), key=lambda each: str(each.uuid)):
                self._file(table, row)
        for switch in self._table(NbTable.SWITCH).values():
            for port in switch.ports:
                self._parents.setdefault(port.uuid, []).append(switch)

    def ensure(self, row: NbRow) -> None:
        """Make one row as `row` says and remove those that stand for the same."""
        found = self._found.get(row.identity, [])
        for double in found[1:]:
            self._delete(row.table, double)
        stored = found[0] if found else self._txn.insert(self._replica.tables[row.table.value])
        self._found[row.identity] = [stored]
        for name, value in row.columns.items():
            setattr(stored, name, self._for_wire(name, value, stored, new=not found))
        if row.table is NbTable.PORT:
            self._place(stored, row.network)

    def remove(self, row: NbRow) -> None:
        """Remove every row that stands for the same as `row`."""
        for stored in self._found.pop(row.identity, []):
            self._delete(row.table, stored)

    def _place(self, port: Any, network: str) -> None:
        switch = next(iter(self._found.get((NbTable.SWITCH, network), [])), None)
        if switch is None:  # somebody took it away since it was looked at: look again
            raise OvnUnavailable("northbound")
        parents = self._parents.get(port.uuid, [])
        for parent in parents:
            if parent is not switch:
                parent.delvalue("ports", port.uuid)
        if not any(parent is switch for parent in parents):
            switch.addvalue("ports", port.uuid)

    def _delete(self, table: NbTable, stored: Any) -> None:
        if table is NbTable.PORT:
            for parent in self._parents.get(stored.uuid, []):
                parent.delvalue("ports", stored.uuid)
        stored.delete()

    def _for_wire(self, name: str, value: Value, stored: Any, *, new: bool) -> Any:
        if name == "dhcpv4_options":
            return self._found.get((NbTable.DHCP, str(value)), [])[:1] if value else []
        if name == "external_ids" and isinstance(value, dict):
            kept = {} if new else dict(stored.external_ids)
            return {key: kept[key] for key in kept if not key.startswith(OURS)} | value
        if isinstance(value, tuple):
            return list(value)
        return dict(value) if not isinstance(value, str | bool) else value

    def _file(self, table: NbTable, row: Any) -> None:
        key = our_key(table, row)
        if not key and table is NbTable.PORT:
            key = str(row.name)
        if not key and table is NbTable.SWITCH and str(row.name).startswith(switch_name("")):
            key = str(row.name).removeprefix(switch_name(""))
        if key:
            self._found.setdefault((table, key), []).append(row)

    def _table(self, table: NbTable) -> Any:
        return self._replica.tables[table.value].rows


def _columns(table: NbTable, row: Any) -> dict[str, Value]:
    columns: dict[str, Value] = {
        "external_ids": {
            key: value for key, value in row.external_ids.items() if key.startswith(OURS)
        }
    }
    match table:
        case NbTable.SWITCH:
            columns["name"] = str(row.name)
        case NbTable.DHCP:
            columns |= {"cidr": str(row.cidr), "options": dict(row.options)}
        case NbTable.PORT:
            columns |= {
                "name": str(row.name),
                "type": str(row.type),
                "addresses": tuple(sorted(row.addresses)),
                "port_security": tuple(sorted(row.port_security)),
                "enabled": bool(row.enabled[0]) if row.enabled else True,
                "dhcpv4_options": _referred(row.dhcpv4_options),
                "options": dict(row.options),
            }
    return columns


def _referred(options: Sequence[Any]) -> str:
    return our_key(NbTable.DHCP, options[0]) or "somebody else's" if options else ""


def _ours(replica: Any, table: NbTable) -> Iterable[tuple[str, Any]]:
    for row in replica.tables[table.value].rows.values():
        if key := our_key(table, row):
            yield key, row


def _global(replica: Any) -> Any:
    return next(iter(replica.tables["NB_Global"].rows.values()), None)


def _fence_of(loop: str, text: str) -> Fence | None:
    term, dot, revision = text.partition(".")
    return Fence(int(term), loop, int(revision)) if dot else None
