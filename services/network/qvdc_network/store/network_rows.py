"""Networks to rows and back."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from sqlalchemy import Row, Select, Text, cast, func, select

from qvdc_network.domain.network import (
    AddressRange,
    Dhcp,
    Network,
    NetworkObservation,
    NetworkPhase,
    NetworkSpec,
    NetworkType,
    Subnet,
)
from qvdc_network.store.tables import addresses, networks, ports


def read_networks() -> Select[Any]:
    """Networks with their counts; addresses as text, never by stripping."""
    plain = [each for each in networks.c if each.name not in ("cidr", "gateway")]
    port_count = select(func.count()).where(ports.c.network_uid == networks.c.uid).scalar_subquery()
    used_count = (
        select(func.count()).where(addresses.c.network_uid == networks.c.uid).scalar_subquery()
    )
    return select(
        *plain,
        cast(networks.c.cidr, Text).label("cidr"),
        func.host(networks.c.gateway).label("gateway"),
        port_count.label("port_count"),
        used_count.label("used_count"),
    )


def network_of(row: Row[Any]) -> Network:
    """Read a row of `read_networks`."""
    return Network(
        id=row.id,
        uid=row.uid,
        spec=_spec(row),
        generation=row.generation,
        revision=row.revision,
        create_time=row.create_time,
        update_time=row.update_time,
        updated_by=row.updated_by,
        delete_time=row.delete_time,
        observed=NetworkObservation(
            generation=row.observed_generation,
            phase=NetworkPhase(row.observed_phase),
            message=row.observed_message,
            time=row.observe_time,
        ),
        port_count=row.port_count,
        used_count=row.used_count,
    )


def intent_columns(network: Network) -> dict[str, Any]:
    """The columns that people write."""
    spec = network.spec
    subnet = spec.subnet
    return {
        "display_name": spec.display_name,
        "description": spec.description,
        "labels": dict(spec.labels),
        "type": spec.type.value,
        "vlan_id": spec.vlan_id,
        "switch": spec.switch,
        "cidr": str(subnet.cidr) if subnet else None,
        "gateway": str(subnet.gateway) if subnet and subnet.gateway else None,
        "mtu_bytes": spec.mtu,
        "dhcp_enabled": spec.dhcp.enabled,
        "dhcp_ranges": [str(each) for each in spec.dhcp.ranges],
        "dhcp_lease_seconds": spec.dhcp.lease_seconds,
        "dhcp_dns_servers": [str(each) for each in spec.dhcp.dns_servers],
        "dhcp_domain": spec.dhcp.domain,
        "dhcp_ntp_servers": [str(each) for each in spec.dhcp.ntp_servers],
        "reserved": [str(each) for each in spec.reserved],
        "port_security": spec.port_security,
        "admin_up": spec.admin_up,
        "update_time": network.update_time,
        "updated_by": network.updated_by,
    }


def _spec(row: Row[Any]) -> NetworkSpec:
    gateway = IPv4Address(row.gateway) if row.gateway else None
    return NetworkSpec(
        display_name=row.display_name,
        description=row.description,
        labels=row.labels,
        type=NetworkType(row.type),
        vlan_id=row.vlan_id,
        switch=row.switch,
        subnet=Subnet(IPv4Network(row.cidr), gateway) if row.cidr else None,
        mtu=row.mtu_bytes,
        dhcp=Dhcp(
            enabled=row.dhcp_enabled,
            ranges=tuple(_range(each) for each in row.dhcp_ranges),
            lease_seconds=row.dhcp_lease_seconds,
            dns_servers=tuple(IPv4Address(each) for each in row.dhcp_dns_servers),
            domain=row.dhcp_domain,
            ntp_servers=tuple(IPv4Address(each) for each in row.dhcp_ntp_servers),
        ),
        reserved=tuple(_range(each) for each in row.reserved),
        port_security=row.port_security,
        admin_up=row.admin_up,
    )


def _range(text: str) -> AddressRange:
    first, _, last = text.partition("-")
    return AddressRange(IPv4Address(first), IPv4Address(last or first))
