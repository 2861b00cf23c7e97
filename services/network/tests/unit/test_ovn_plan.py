"""From networks and ports to rows, and from what is to what should be."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from qvdc_network.domain.network import Network
from qvdc_network.domain.ovn_plan import RowChange, Step, diff, plan_change
from qvdc_network.domain.ovn_rows import NbRow, NbTable, rows_of
from qvdc_network.domain.port import Port
from tests.network_testing.builders import a_network, a_port


def taken(rows: Iterable[NbRow], steps: Iterable[Step]) -> dict[tuple[NbTable, str], NbRow]:
    """What `rows` are once `steps` are taken."""
    result = {row.identity: row for row in rows}
    for step in steps:
        if step.change is RowChange.DELETE:
            del result[step.row.identity]
        else:
            result[step.row.identity] = step.row
    return result


@st.composite
def sites(draw: st.DrawFn) -> list[NbRow]:
    """The rows of a few networks with their ports."""
    rows: list[NbRow] = []
    for number in draw(st.sets(st.integers(1, 4))):
        network = a_network(
            f"n{number}",
            number=number,
            mtu=draw(st.sampled_from([1300, 1442])),
            dhcp_enabled=draw(st.booleans()),
            port_security=draw(st.booleans()),
        )
        ports = draw(st.sets(st.integers(1, 6)))
        rows += rows_of(network, [a_port(network, number * 10 + each) for each in ports])
    return rows


@given(sites(), sites())
def test_taking_the_steps_makes_what_is_wanted_and_then_there_are_none(
    wanted: list[NbRow], observed: list[NbRow]
) -> None:
    after = taken(observed, diff(wanted, observed))

    assert after == {row.identity: row for row in wanted}
    assert diff(wanted, after.values()) == ()


@given(sites())
def test_switches_come_before_their_ports_and_go_after_them(rows: list[NbRow]) -> None:
    made = [step.row.table for step in diff(rows, [])]
    gone = [step.row.table for step in diff([], rows)]
    order = [NbTable.SWITCH, NbTable.DHCP, NbTable.PORT]
    assert made == sorted(made, key=order.index)
    assert gone == sorted(gone, key=order.index, reverse=True)


def test_a_row_that_is_there_twice_is_a_step() -> None:
    rows = rows_of(a_network(), [])
    assert [step.change for step in diff(rows, [*rows, rows[0]])] == [RowChange.UPDATE]


def test_a_port_sends_from_its_own_addresses_unless_that_is_switched_off() -> None:
    secured = port_row(a_network())
    assert secured.columns["addresses"] == ("02:71:76:00:00:01 10.20.0.2",)
    assert secured.columns["port_security"] == ("02:71:76:00:00:01 10.20.0.2",)
    loose = port_row(a_network(port_security=False))
    assert loose.columns["addresses"] == ("02:71:76:00:00:01 10.20.0.2", "unknown")
    assert loose.columns["port_security"] == ()


def test_a_network_that_is_down_takes_its_ports_down() -> None:
    assert port_row(a_network()).columns["enabled"] is True
    assert port_row(a_network(admin_up=False)).columns["enabled"] is False


def test_without_addresses_there_is_no_dhcp() -> None:
    network = a_network(cidr="")
    rows = rows_of(network, [a_port(network)])
    assert [row.table for row in rows] == [NbTable.SWITCH, NbTable.PORT]
    assert rows[1].columns["dhcpv4_options"] == ""


def test_the_plan_says_in_a_sentence_what_is_made() -> None:
    plan = plan_change(None, a_network())
    assert plan.summary == (
        "Makes networks/blue, an OVERLAY network with an MTU of 1442 bytes, 10.20.0.0/24,"
        " gateway 10.20.0.1 and DHCP, on OVN: create 1 Logical_Switch, create 1 DHCP_Options."
    )


def test_the_plan_of_a_change_names_the_columns_that_change() -> None:
    before, after = a_network(), a_network(mtu=1300)
    plan = plan_change(before, after, [a_port(before)])
    assert plan.summary == "Changes networks/blue on OVN: update 1 DHCP_Options."
    assert [step.changed for step in plan.steps] == [("options",)]
    assert plan_change(before, before).summary == "Changes nothing of networks/blue on OVN."
    assert plan_change(before, None).summary == (
        "Removes networks/blue from OVN: delete 1 Logical_Switch, delete 1 DHCP_Options."
    )


def port_row(network: Network) -> NbRow:
    """The row of one port of `network`."""
    port: Port = a_port(network)
    return rows_of(network, [port])[-1]
