"""Changing a network: which fields a mask means, and what may not change."""

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from qvdc_core.errors import FieldViolation
from qvdc_network.domain import address
from qvdc_network.domain.network import NetworkSpec
from qvdc_network.domain.network_rules import NetworkDraft, draft_of
from qvdc_network.domain.refusals import InvalidSpec

_DHCP = {
    "dhcp.enabled": "dhcp_enabled",
    "dhcp.ranges": "dhcp_ranges",
    "dhcp.lease_seconds": "lease_seconds",
    "dhcp.dns_servers": "dns_servers",
    "dhcp.domain": "domain",
    "dhcp.ntp_servers": "ntp_servers",
}
_SUBNET = {"ipv4.cidr": "cidr", "ipv4.gateway": "gateway"}
_SAME_NAME = (
    "display_name",
    "description",
    "labels",
    "mtu",
    "reserved",
    "port_security",
    "admin_up",
)
FIELDS_OF_PATH: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in _SAME_NAME},
    **{path: (name,) for path, name in (_DHCP | _SUBNET).items()},
    "ipv4": tuple(_SUBNET.values()),
    "dhcp": tuple(_DHCP.values()),
}
"""Path of the contract to the draft's fields; other paths are fixed or written by the service."""
FIXED = ("type", "vlan_id", "switch")


def merged(spec: NetworkSpec, draft: NetworkDraft, paths: frozenset[str]) -> NetworkDraft:
    """`spec` with the fields of `draft` that `paths` mean.

    Raises:
        InvalidSpec: a fixed field would change.
    """
    changed = [
        name
        for name in FIXED
        if name in paths and getattr(draft, name) not in (None, "", getattr(spec, name))
    ]
    if changed:
        raise InvalidSpec(
            FieldViolation(f"network.{name}", "cannot be changed", "IMMUTABLE") for name in changed
        )
    names = {name for path in paths for name in FIELDS_OF_PATH.get(path, ())}
    values: dict[str, Any] = {name: getattr(draft, name) for name in names}
    return replace(draft_of(spec), **values)


def now_wrong(spec: NetworkSpec, held: list[IPv4Address]) -> list[IPv4Address]:
    """Held addresses that a port could not have under `spec`."""
    return [each for each in held if address.why_not(spec, each)]
