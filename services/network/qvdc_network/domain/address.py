"""Giving addresses: which may be given at all, which is next, how many are left.

Works on intervals, so that a /8 costs no more than a /29.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from qvdc_network.domain.network import AddressRange, NetworkSpec, Subnet


@dataclass(frozen=True, slots=True)
class AddressCounts:
    """Addresses of a network: total = used + reserved + free."""

    total: int = 0
    used: int = 0
    reserved: int = 0
    free: int = 0


def hosts(subnet: Subnet) -> AddressRange:
    """The addresses between the network's own and broadcast."""
    return AddressRange(subnet.cidr.network_address + 1, subnet.cidr.broadcast_address - 1)


def dhcp_server(spec: NetworkSpec) -> IPv4Address | None:
    """The address that answers DHCP: the gateway's, else the first; None without DHCP."""
    if spec.subnet is None or not spec.dhcp.enabled:
        return None
    return spec.subnet.gateway or hosts(spec.subnet).first


def never_given(spec: NetworkSpec) -> list[AddressRange]:
    """Reserved addresses, the gateway and the DHCP server, in order, none twice."""
    if spec.subnet is None:
        return []
    givable = hosts(spec.subnet)
    single = {spec.subnet.gateway, dhcp_server(spec)}
    ranges = [*spec.reserved, *(AddressRange(each, each) for each in single if each is not None)]
    return _merged([_within(each, givable) for each in ranges if each.overlaps(givable)])


def why_not(spec: NetworkSpec, address: IPv4Address) -> str:
    """Why a port may not have `address`; empty when it may."""
    if spec.subnet is None:
        return "the network has no addresses"
    if address not in spec.subnet.cidr:
        return f"{address} is outside {spec.subnet.cidr}"
    if address not in hosts(spec.subnet):
        return f"{address} is the network's own or its broadcast address"
    if address == spec.subnet.gateway:
        return f"{address} is the gateway"
    if any(address in each for each in never_given(spec)):
        return f"{address} is reserved"
    return ""


def next_free(spec: NetworkSpec, used: Collection[IPv4Address]) -> IPv4Address | None:
    """The smallest address that may be given and is not in `used`; None when all are held."""
    held = used if isinstance(used, set | frozenset) else frozenset(used)
    for gap in givable(spec):
        for number in range(int(gap.first), int(gap.last) + 1):
            if (address := IPv4Address(number)) not in held:
                return address
    return None


def givable(spec: NetworkSpec) -> Iterator[AddressRange]:
    """The ranges from which addresses are given without being chosen, ascending."""
    if spec.subnet is None:
        return
    without = never_given(spec)
    for pool in _merged([*spec.dhcp.ranges] or [hosts(spec.subnet)]):
        yield from _minus(pool, without)


def count(spec: NetworkSpec, used_count: int) -> AddressCounts:
    """Count the addresses of a network of which `used_count` are held."""
    if spec.subnet is None:
        return AddressCounts()
    total = _size(hosts(spec.subnet))
    reserved = sum(_size(each) for each in never_given(spec))
    return AddressCounts(total, used_count, reserved, total - reserved - used_count)


def _size(span: AddressRange) -> int:
    return int(span.last) - int(span.first) + 1


def _within(span: AddressRange, bounds: AddressRange) -> AddressRange:
    return AddressRange(max(span.first, bounds.first), min(span.last, bounds.last))


def _merged(ranges: list[AddressRange]) -> list[AddressRange]:
    merged: list[AddressRange] = []
    for each in sorted(ranges, key=lambda span: (span.first, span.last)):
        if merged and int(each.first) <= int(merged[-1].last) + 1:
            merged[-1] = AddressRange(merged[-1].first, max(merged[-1].last, each.last))
        else:
            merged.append(each)
    return merged


def _minus(pool: AddressRange, without: list[AddressRange]) -> Iterator[AddressRange]:
    start = pool.first
    for each in without:
        if each.last < start:
            continue
        if each.first > pool.last:
            break
        if each.first > start:
            yield AddressRange(start, each.first - 1)
        if each.last >= pool.last:
            return
        start = each.last + 1
    yield AddressRange(start, pool.last)
