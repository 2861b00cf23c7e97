"""IPAM: what may be given, and what never."""

from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from qvdc_network.domain import address
from qvdc_network.domain.network import AddressRange, NetworkSpec
from tests.network_testing.builders import a_network


@st.composite
def specs(draw: st.DrawFn) -> NetworkSpec:
    """Small networks with any gateway, reserved addresses and ranges that the rules allow."""
    cidr = IPv4Network((int(IPv4Address("10.1.0.0")), draw(st.integers(24, 30))))
    hosts = [str(each) for each in cidr.hosts()]
    gateway = draw(st.one_of(st.just("none"), st.sampled_from(hosts)))
    free = [each for each in hosts if each != gateway]
    reserved = draw(st.lists(st.sampled_from(free), max_size=4, unique=True))
    free = [each for each in free if each not in reserved]
    pool = draw(st.lists(st.sampled_from(free), max_size=6, unique=True)) if free else []
    return a_network(
        cidr=str(cidr),
        gateway=gateway,
        reserved=tuple(reserved),
        dhcp_ranges=tuple((each, each) for each in pool),
        dhcp_enabled=draw(st.booleans()),
    ).spec


@given(specs())
def test_giving_until_nothing_is_left_gives_each_address_of_the_pool_once(
    spec: NetworkSpec,
) -> None:
    used: set[IPv4Address] = set()
    while (given_address := address.next_free(spec, used)) is not None:
        assert given_address not in used
        assert address.why_not(spec, given_address) == ""
        assert not spec.dhcp.ranges or any(given_address in each for each in spec.dhcp.ranges)
        used.add(given_address)

    assert spec.subnet is not None
    givable = {each for each in spec.subnet.cidr.hosts() if not address.why_not(spec, each)}
    pool = {
        each for each in givable if not spec.dhcp.ranges or any(each in r for r in spec.dhcp.ranges)
    }
    assert used == pool
    counts = address.count(spec, len(used))
    assert counts.free == len(givable) - len(used)
    assert counts.total == counts.used + counts.reserved + counts.free


@given(specs(), st.data())
def test_the_smallest_free_address_comes_next(spec: NetworkSpec, data: st.DataObject) -> None:
    pool = [
        IPv4Address(number)
        for each in address.givable(spec)
        for number in range(int(each.first), int(each.last) + 1)
    ]
    used = data.draw(st.sets(st.sampled_from(pool))) if pool else set()

    assert address.next_free(spec, used) == min(set(pool) - used, default=None)


def test_gateway_network_broadcast_reserved_and_outside_are_refused_with_the_reason() -> None:
    spec = a_network(cidr="10.0.0.0/29", reserved=("10.0.0.4-10.0.0.5",)).spec
    said = {each: address.why_not(spec, IPv4Address(each)) for each in (
        "10.0.0.0", "10.0.0.7", "10.0.0.1", "10.0.0.4", "10.1.0.1", "10.0.0.2",
    )}  # fmt: skip
    assert said == {
        "10.0.0.0": "10.0.0.0 is the network's own or its broadcast address",
        "10.0.0.7": "10.0.0.7 is the network's own or its broadcast address",
        "10.0.0.1": "10.0.0.1 is the gateway",
        "10.0.0.4": "10.0.0.4 is reserved",
        "10.1.0.1": "10.1.0.1 is outside 10.0.0.0/29",
        "10.0.0.2": "",
    }


def test_without_a_gateway_the_first_address_answers_dhcp_and_is_not_given() -> None:
    spec = a_network(gateway="none").spec
    assert address.dhcp_server(spec) == IPv4Address("10.20.0.1")
    assert address.next_free(spec, ()) == IPv4Address("10.20.0.2")


def test_a_large_network_costs_nothing() -> None:
    spec = a_network(cidr="10.0.0.0/8", reserved=("10.0.0.0-10.200.0.0",)).spec
    assert address.next_free(spec, ()) == IPv4Address("10.200.0.1")
    assert address.count(spec, 3).total == 2**24 - 2


def test_overlapping_reserved_and_gateway_are_counted_once() -> None:
    spec = a_network(cidr="10.0.0.0/28", reserved=("10.0.0.0-10.0.0.3", "10.0.0.15")).spec
    assert address.never_given(spec) == [
        AddressRange(IPv4Address("10.0.0.1"), IPv4Address("10.0.0.3"))
    ]
    assert address.count(spec, 0) == address.AddressCounts(14, 0, 3, 11)
