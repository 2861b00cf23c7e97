"""What is asked for becomes what is wanted, or is refused with its fields."""

from typing import Any

import pytest

from qvdc_network.domain.network import NetworkType
from qvdc_network.domain.network_change import merged
from qvdc_network.domain.network_rules import draft_of, resolve
from qvdc_network.domain.refusals import DriverUnsupported, InvalidSpec
from tests.network_testing.builders import UNDERLAY_MTU, a_draft, a_network


def wrong_fields(**values: Any) -> set[str]:
    """The fields that are refused."""
    with pytest.raises(InvalidSpec) as refused:
        resolve(a_draft(**values), id="blue", underlay_mtu=UNDERLAY_MTU)
    return {each.field for each in refused.value.fields}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"cidr": "10.0.0.0/33"}, "ipv4.cidr"),
        ({"cidr": "10.0.0"}, "ipv4.cidr"),
        ({"cidr": "10.0.0.1/24"}, "ipv4.cidr"),
        ({"cidr": "10.0.0.1"}, "ipv4.cidr"),
        ({"cidr": "10.0.0.0/31"}, "ipv4.cidr"),
        ({"cidr": "224.0.0.0/24"}, "ipv4.cidr"),
        ({"cidr": "127.0.0.0/24"}, "ipv4.cidr"),
        ({"cidr": "fd00::/64"}, "ipv4.cidr"),
        ({"cidr": "'; drop table--"}, "ipv4.cidr"),
        ({"gateway": "10.21.0.1"}, "ipv4.gateway"),
        ({"gateway": "10.20.0.255"}, "ipv4.gateway"),
        ({"gateway": "x"}, "ipv4.gateway"),
        ({"type": NetworkType.ISOLATED, "gateway": "10.20.0.1"}, "ipv4.gateway"),
        ({"cidr": "", "gateway": "10.20.0.1"}, "ipv4.gateway"),
        ({"mtu": 1443}, "mtu"),
        ({"mtu": 575}, "mtu"),
        ({"mtu": 9001}, "mtu"),
        ({"type": None}, "type"),
        ({"vlan_id": 7}, "vlan_id"),
        ({"switch": "switches/x"}, "switch"),
        ({"type": NetworkType.VLAN, "switch": "switches/x"}, "vlan_id"),
        ({"reserved": ("10.21.0.1",)}, "reserved[0]"),
        ({"reserved": ("10.20.0.9-10.20.0.2",)}, "reserved[0]"),
        ({"reserved": ("10.20.0.9", "10.20.0.2-10.20.0.9")}, "reserved[1]"),
        ({"reserved": ("-",)}, "reserved[0]"),
        ({"dhcp_ranges": (("10.20.0.9", "10.20.0.2"),)}, "dhcp.ranges[0].last"),
        ({"dhcp_ranges": (("x", "10.20.0.2"),)}, "dhcp.ranges[0].first"),
        ({"dhcp_ranges": (("10.20.0.9", "10.20.1.2"),)}, "dhcp.ranges[0]"),
        ({"dhcp_ranges": (("10.20.0.1", "10.20.0.2"),)}, "dhcp.ranges[0]"),
        (
            {"dhcp_ranges": (("10.20.0.5", "10.20.0.9"), ("10.20.0.9", "10.20.0.11"))},
            "dhcp.ranges[1]",
        ),
        ({"dhcp_ranges": (("10.20.0.5", "10.20.0.9"),), "reserved": ("10.20.0.7",)},
         "dhcp.ranges[0]"),
        ({"lease_seconds": 59}, "dhcp.lease_seconds"),
        ({"lease_seconds": 31_536_001}, "dhcp.lease_seconds"),
        ({"domain": 'a"; drop'}, "dhcp.domain"),
        ({"domain": "-a.example"}, "dhcp.domain"),
        ({"dns_servers": ("1.1.1",)}, "dhcp.dns_servers[0]"),
        ({"cidr": "", "dhcp_enabled": True}, "dhcp.enabled"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_with_its_field(values: dict[str, Any], field: str) -> None:
    assert wrong_fields(**values) == {f"network.{field}"}


def test_all_refusals_come_at_once() -> None:
    wrong = wrong_fields(cidr="x", mtu=1, domain="?", vlan_id=3)
    assert wrong == {"network.ipv4.cidr", "network.mtu", "network.dhcp.domain", "network.vlan_id"}


@pytest.mark.parametrize("kind", [NetworkType.VLAN, NetworkType.EXTERNAL])
def test_types_that_ovn_is_not_driven_for_yet_say_what_and_why(kind: NetworkType) -> None:
    with pytest.raises(DriverUnsupported) as refused:
        resolve(
            a_draft(type=kind, vlan_id=7, switch="switches/x"),
            id="blue",
            underlay_mtu=UNDERLAY_MTU,
        )
    assert refused.value.facts == {"driver": "ovn", "wanted": kind.value}
    assert "cannot" not in refused.value.message
    assert "none can be made yet" in refused.value.message


def test_defaults_are_worked_out() -> None:
    spec = a_network().spec
    assert spec.display_name == "blue"
    assert spec.mtu == 1442
    assert spec.subnet is not None
    assert str(spec.subnet.gateway) == "10.20.0.1"
    assert spec.dhcp.enabled
    assert spec.dhcp.lease_seconds == 86_400
    assert a_network(type=NetworkType.ISOLATED).spec.subnet.gateway is None  # type: ignore[union-attr] # it has one
    assert not a_network(cidr="").spec.dhcp.enabled


def test_what_is_wanted_reads_back_as_it_was_asked_for() -> None:
    asked = a_draft(
        display_name="Blue",
        labels={"a": "b"},
        gateway="none",
        mtu=1400,
        dhcp_enabled=False,
        dhcp_ranges=(("10.20.0.9", "10.20.0.20"),),
        lease_seconds=60,
        dns_servers=("1.1.1.1",),
        domain="blue.example",
        ntp_servers=("10.20.0.3",),
        reserved=("10.20.0.4-10.20.0.6", "10.20.0.30"),
        port_security=False,
        admin_up=False,
    )
    spec = resolve(asked, id="blue", underlay_mtu=UNDERLAY_MTU)
    assert draft_of(spec) == asked
    assert resolve(draft_of(spec), id="blue", underlay_mtu=UNDERLAY_MTU) == spec


def test_only_masked_fields_change_and_empty_clears() -> None:
    spec = a_network(mtu=1400, domain="blue.example", description="x").spec
    asked = a_draft(cidr="10.9.0.0/24", domain="", description="y", type=None)

    changed = merged(spec, asked, frozenset({"dhcp.domain", "mtu", "phase", "type"}))

    resolved = resolve(changed, id="blue", underlay_mtu=UNDERLAY_MTU)
    assert (resolved.dhcp.domain, resolved.mtu, resolved.description) == ("", 1442, "x")
    assert resolved.subnet == spec.subnet


def test_fixed_fields_may_be_said_again_and_not_changed() -> None:
    spec = a_network().spec
    assert merged(spec, a_draft(), frozenset({"type"})) == draft_of(spec)
    with pytest.raises(InvalidSpec):
        merged(spec, a_draft(type=NetworkType.ISOLATED), frozenset({"type"}))
