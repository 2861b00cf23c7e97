"""How a port stands, from what OVN and the hosts say."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qvdc_network.domain import mac
from qvdc_network.domain.port import (
    Binding,
    Plug,
    Port,
    PortDraft,
    PortObservation,
    PortStatus,
    check_draft,
    chosen_addresses,
    observe,
)
from qvdc_network.domain.refusals import InvalidSpec
from tests.network_testing.builders import NOW, a_network, a_port

STALE = timedelta(seconds=45)
BOUND = Binding("c1", up=True)


def a_plug(node: str = "n1", chassis: str = "c1", **values: Any) -> Plug:
    """A host's word that it has the port plugged."""
    told: dict[str, Any] = {"interface": "vnet0", "link_up": True, "report_time": NOW} | values
    return Plug(port_uid="p", node_uid=node, chassis=chassis, **told)


def stand(
    *plugs: Plug,
    binding: Binding = BOUND,
    on_ovn: bool = True,
    before: PortStatus = PortStatus.PENDING,
    **values: Any,
) -> PortObservation:
    """How a port with these plugs stands."""
    port: Port = replace(a_port(a_network(), **values), observed=PortObservation(status=before))
    return observe(port, on_ovn=on_ovn, binding=binding, plugs=plugs, now=NOW, stale_after=STALE)


def test_plugged_and_bound_is_active() -> None:
    seen = stand(a_plug())
    assert (seen.status, seen.bound, seen.node_uid) == (PortStatus.ACTIVE, True, "n1")


def test_bound_and_plugged_are_separate_facts() -> None:
    assert stand().status is PortStatus.BUILD
    assert stand().bound
    waiting = stand(a_plug(), binding=Binding())
    assert (waiting.status, waiting.bound) == (PortStatus.BUILD, False)


def test_a_row_not_seen_on_ovn_is_pending() -> None:
    assert stand(a_plug(), on_ovn=False).status is PortStatus.PENDING


def test_a_vanished_tap_shows_down() -> None:
    assert stand(before=PortStatus.ACTIVE).status is PortStatus.DOWN


def test_a_silent_host_is_not_believed() -> None:
    seen = stand(a_plug(report_time=NOW - timedelta(seconds=46)), before=PortStatus.ACTIVE)
    assert (seen.status, seen.node_uid) == (PortStatus.DOWN, "")


def test_links_that_are_down_show_down() -> None:
    assert stand(a_plug(link_up=False)).status is PortStatus.DOWN
    assert stand(a_plug(), admin_up=False).status is PortStatus.DOWN


def test_while_two_hosts_have_it_plugged_the_bound_one_counts() -> None:
    late = a_plug("n2", "c2", report_time=NOW + timedelta(seconds=1))
    assert stand(a_plug(), late).node_uid == "n1"
    assert stand(a_plug(), late, binding=Binding()).node_uid == "n2"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"mac": "01:00:5e:00:00:01"}, "port.mac"),
        ({"mac": "00:00:00:00:00:00"}, "port.mac"),
        ({"mac": "0e:71:64:00:00:01"}, "port.mac"),
        ({"hostname": "a.b"}, "port.hostname"),
        ({"hostname": '"; x'}, "port.hostname"),
        ({"owner": "web"}, "port.owner"),
        ({"owner_uid": "x"}, "port.owner"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_its_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        check_draft(PortDraft(network="blue", **values))
    assert [each.field for each in refused.value.fields] == [field]


def test_chosen_addresses_are_read_or_refused_one_by_one() -> None:
    spec = a_network().spec
    assert [str(each) for each in chosen_addresses(spec, ["10.20.0.9"])] == ["10.20.0.9"]
    with pytest.raises(InvalidSpec) as refused:
        chosen_addresses(spec, ["10.20.0.9", "10.20.0.9", "10.20.0.1", "x"])
    assert [each.field for each in refused.value.fields] == [
        "port.fixed_ips[1]",
        "port.fixed_ips[2]",
        "port.fixed_ips[3]",
    ]


def test_hardware_addresses_are_below_the_prefix_and_local() -> None:
    assert mac.make("02:71:76", lambda _: 258) == "02:71:76:00:01:02"
    assert mac.of_server("x") == mac.of_server("x") != mac.of_server("y")
    for wrong in ("00:71:76", "03:71:76", "0e:71:64", "02:71", "zz:71:76"):
        with pytest.raises(ValueError, match=wrong):
            mac.check_prefix(wrong)
