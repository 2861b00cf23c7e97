"""Wire and domain say the same, both ways, for every value."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from quantix.network.v1 import network_pb2, port_pb2
from qvdc_network.api import convert_network, convert_port
from qvdc_network.domain.network import NetworkPhase, NetworkType
from qvdc_network.domain.network_rules import NetworkDraft, resolve
from qvdc_network.domain.ovn_plan import RowChange, plan_change
from qvdc_network.domain.port import PortDraft, PortStatus
from tests.network_testing.builders import NOW, UNDERLAY_MTU, a_network, a_port


def test_every_enum_value_has_one_on_the_other_side() -> None:
    pairs: list[tuple[Mapping[Any, int], type[Enum], Any]] = [
        (convert_network.TYPE_TO_WIRE, NetworkType, network_pb2.Network.Type),
        (convert_network.PHASE_TO_WIRE, NetworkPhase, network_pb2.Network.Phase),
        (convert_network.CHANGE_TO_WIRE, RowChange, network_pb2.PlannedRow.Change),
        (convert_port.STATUS_TO_WIRE, PortStatus, port_pb2.Port.Status),
    ]
    for table, ours, theirs in pairs:
        assert set(table) == set(ours)
        assert set(table.values()) == set(theirs.values()) - {0}


def test_a_network_sent_back_as_it_was_answered_is_the_same_network() -> None:
    network = a_network(
        display_name="Blue",
        description="d",
        labels={"a": "b"},
        gateway="none",
        dhcp_ranges=(("10.20.0.9", "10.20.0.20"),),
        lease_seconds=60,
        dns_servers=("1.1.1.1",),
        domain="blue.example",
        ntp_servers=("10.20.0.3",),
        reserved=("10.20.0.4-10.20.0.6", "10.20.0.30"),
        port_security=False,
        admin_up=False,
    )
    wire = convert_network.network_to_wire(network, now=NOW)
    sent_back = convert_network.draft_of(network_pb2.Network.FromString(wire.SerializeToString()))
    assert resolve(sent_back, id="other", underlay_mtu=UNDERLAY_MTU) == network.spec
    assert convert_network.draft_of(network_pb2.Network()) == NetworkDraft()


def test_a_port_sent_back_asks_for_what_it_has() -> None:
    port = a_port(a_network(), hostname="web-1", owner="vms/web-1", owner_uid="u")
    sent_back = convert_port.draft_of(convert_port.port_to_wire(port))
    assert sent_back == PortDraft(
        display_name="p1",
        network="networks/blue",
        mac=port.mac,
        fixed_ips=("10.20.0.2",),
        owner="vms/web-1",
        owner_uid="u",
        hostname="web-1",
        admin_up=True,
    )


def test_a_plan_shows_rows_and_a_sentence() -> None:
    before, after = a_network(), a_network(mtu=1300)
    plan = plan_change(before, after, warnings=["mind"])
    wire = convert_network.network_to_wire(after, now=NOW, plan=plan).plan
    assert (wire.summary, list(wire.warnings)) == (plan.summary, ["mind"])
    assert [row.change for row in wire.rows] == [network_pb2.PlannedRow.CHANGE_UPDATE]
    assert "mtu=1300" in wire.rows[0].columns["options"]
