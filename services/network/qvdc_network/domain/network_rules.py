"""From what is asked for to what is wanted: defaults, and every rule with its field (NW-3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from qvdc_core.errors import FieldViolation
from qvdc_network.domain.address import hosts
from qvdc_network.domain.network import (
    AddressRange,
    Dhcp,
    NetworkSpec,
    NetworkType,
    Subnet,
)
from qvdc_network.domain.refusals import DriverUnsupported, InvalidSpec

GENEVE_BYTES = 58
"""What the tunnel between hosts adds to each packet."""
SMALLEST_MTU = 576
LARGEST_MTU = 9000
LEASE_SECONDS = (60, 31_536_000)
DEFAULT_LEASE_SECONDS = 86_400
PREFIX_LENGTHS = (8, 30)
NO_GATEWAY = "none"
TUNNELLED = frozenset({NetworkType.OVERLAY, NetworkType.ISOLATED})
UNSUPPORTED = {
    NetworkType.VLAN: "it needs a distributed switch with uplinks on the hosts, and none can be"
    " made yet.",
    NetworkType.EXTERNAL: "it needs routers and gateway hosts, and none can be made yet.",
}
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkDraft:
    """What is asked for, as text; None and "" mean the default."""

    display_name: str | None = None
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    type: NetworkType | None = None
    vlan_id: int | None = None
    switch: str = ""
    cidr: str = ""
    gateway: str = ""
    mtu: int | None = None
    dhcp_enabled: bool | None = None
    dhcp_ranges: tuple[tuple[str, str], ...] = ()
    lease_seconds: int | None = None
    dns_servers: tuple[str, ...] = ()
    domain: str = ""
    ntp_servers: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    port_security: bool | None = None
    admin_up: bool | None = None


def draft_of(spec: NetworkSpec) -> NetworkDraft:
    """The draft that resolves to `spec` again."""
    subnet = spec.subnet
    return NetworkDraft(
        display_name=spec.display_name,
        description=spec.description,
        labels=spec.labels,
        type=spec.type,
        vlan_id=spec.vlan_id,
        switch=spec.switch,
        cidr=str(subnet.cidr) if subnet else "",
        gateway=(str(subnet.gateway) if subnet.gateway else NO_GATEWAY) if subnet else "",
        mtu=spec.mtu,
        dhcp_enabled=spec.dhcp.enabled,
        dhcp_ranges=tuple((str(each.first), str(each.last)) for each in spec.dhcp.ranges),
        lease_seconds=spec.dhcp.lease_seconds,
        dns_servers=tuple(str(each) for each in spec.dhcp.dns_servers),
        domain=spec.dhcp.domain,
        ntp_servers=tuple(str(each) for each in spec.dhcp.ntp_servers),
        reserved=tuple(str(each) for each in spec.reserved),
        port_security=spec.port_security,
        admin_up=spec.admin_up,
    )


def resolve(draft: NetworkDraft, *, id: str, underlay_mtu: int) -> NetworkSpec:  # noqa: A002 - the word of the contract
    """Work out the defaults of `draft` and hold it against every rule.

    Raises:
        InvalidSpec: with every field at fault.
        DriverUnsupported: it is right, and of a type that OVN is not driven for yet.
    """
    spec, violations = _Reading(draft, underlay_mtu).spec(id)
    if violations or spec is None:
        raise InvalidSpec(violations)
    if why := UNSUPPORTED.get(spec.type):
        raise DriverUnsupported(wanted=spec.type.value, why=why)
    return spec


class _Reading:
    """One draft on its way to a spec, collecting what is wrong with it."""

    def __init__(self, draft: NetworkDraft, underlay_mtu: int) -> None:
        self._draft = draft
        self._underlay_mtu = underlay_mtu
        self._wrong: list[FieldViolation] = []

    def spec(self, network_id: str) -> tuple[NetworkSpec | None, list[FieldViolation]]:
        draft = self._draft
        kind = self._type()
        subnet = self._subnet()
        reserved = self._reserved(subnet)
        spec = NetworkSpec(
            display_name=draft.display_name or network_id,
            description=draft.description,
            labels=dict(draft.labels),
            type=kind or NetworkType.OVERLAY,
            vlan_id=draft.vlan_id,
            switch=draft.switch,
            subnet=subnet,
            mtu=self._mtu(kind),
            dhcp=self._dhcp(subnet, reserved),
            reserved=reserved,
            port_security=draft.port_security is not False,
            admin_up=draft.admin_up is not False,
        )
        return (None if self._wrong else spec), self._wrong

    def _refuse(self, path: str, why: str) -> None:
        self._wrong.append(FieldViolation(f"network.{path}", why))

    def _type(self) -> NetworkType | None:
        draft, kind = self._draft, self._draft.type
        if kind is None:
            self._refuse("type", "is required")
        if kind is NetworkType.VLAN and draft.vlan_id is None:
            self._refuse("vlan_id", "is required for VLAN")
        if kind in TUNNELLED and draft.vlan_id is not None:
            self._refuse("vlan_id", "is for VLAN and EXTERNAL only")
        if kind is NetworkType.VLAN and not draft.switch:
            self._refuse("switch", "is required for VLAN")
        if kind in TUNNELLED and draft.switch:
            self._refuse("switch", "is for VLAN and EXTERNAL only")
        return kind

    def _mtu(self, kind: NetworkType | None) -> int:
        most = self._underlay_mtu - (GENEVE_BYTES if kind in TUNNELLED else 0)
        mtu = self._draft.mtu
        if mtu is None:
            return min(most, LARGEST_MTU) if kind in TUNNELLED else min(1500, most)
        if not SMALLEST_MTU <= mtu <= LARGEST_MTU:
            self._refuse("mtu", f"must be {SMALLEST_MTU} to {LARGEST_MTU} bytes")
        elif mtu > most:
            self._refuse("mtu", f"{mtu} is above the {most} bytes that the underlay can carry")
        return mtu

    def _subnet(self) -> Subnet | None:
        draft = self._draft
        if not draft.cidr:
            if draft.gateway and draft.gateway != NO_GATEWAY:
                self._refuse("ipv4.gateway", "needs ipv4.cidr")
            return None
        cidr = self._cidr(draft.cidr)
        if cidr is None:
            return None
        return Subnet(cidr, self._gateway(cidr))

    def _cidr(self, text: str) -> IPv4Network | None:
        try:
            cidr = IPv4Network(text)
        except ValueError:
            self._refuse("ipv4.cidr", self._why_no_cidr(text))
            return None
        shortest, longest = PREFIX_LENGTHS
        if "/" not in text or not shortest <= cidr.prefixlen <= longest:
            self._refuse("ipv4.cidr", f"needs a prefix length of /{shortest} to /{longest}")
            return None
        first = cidr.network_address
        last = cidr.broadcast_address
        if any(
            each.is_multicast or each.is_loopback or each.is_link_local for each in (first, last)
        ) or int(first) >> 24 in (0, *range(224, 256)):
            self._refuse("ipv4.cidr", f"{cidr} is not a range for hosts")
            return None
        return cidr

    @staticmethod
    def _why_no_cidr(text: str) -> str:
        try:
            meant = IPv4Network(text, strict=False)
        except ValueError:
            return f"{text!r} is no IPv4 range such as 10.20.0.0/24"
        return f"{text} has host bits set; {meant} is the range"

    def _gateway(self, cidr: IPv4Network) -> IPv4Address | None:
        text = self._draft.gateway
        if self._draft.type is NetworkType.ISOLATED:
            if text and text != NO_GATEWAY:
                self._refuse("ipv4.gateway", "an ISOLATED network has none")
            return None
        if text == NO_GATEWAY:
            return None
        if not text:
            return cidr.network_address + 1
        gateway = self._address(text, "ipv4.gateway")
        if gateway is not None and gateway not in hosts(Subnet(cidr, None)):
            self._refuse("ipv4.gateway", f"{gateway} is no host address of {cidr}")
        return gateway

    def _reserved(self, subnet: Subnet | None) -> tuple[AddressRange, ...]:
        found: list[AddressRange] = []
        for index, text in enumerate(self._draft.reserved):
            path = f"reserved[{index}]"
            first, _, last = text.partition("-")
            span = self._range(first.strip(), (last or first).strip(), path, path)
            if span is None:
                continue
            if subnet is None:
                self._refuse(path, "needs ipv4.cidr")
            elif span.first not in subnet.cidr or span.last not in subnet.cidr:
                self._refuse(path, f"{span} is outside {subnet.cidr}")
            elif other := next((each for each in found if each.overlaps(span)), None):
                self._refuse(path, f"{span} overlaps {other}")
            found.append(span)
        return tuple(found)

    def _dhcp(self, subnet: Subnet | None, reserved: tuple[AddressRange, ...]) -> Dhcp:
        draft = self._draft
        if subnet is None and draft.dhcp_enabled and not draft.cidr:
            self._refuse("dhcp.enabled", "needs ipv4.cidr")
        ranges = self._ranges(subnet, reserved)
        least, most = LEASE_SECONDS
        lease = DEFAULT_LEASE_SECONDS if draft.lease_seconds is None else draft.lease_seconds
        if not least <= lease <= most:
            self._refuse("dhcp.lease_seconds", f"must be {least} to {most}")
        if draft.domain and (len(draft.domain) > 253 or not _DOMAIN.fullmatch(draft.domain)):
            self._refuse("dhcp.domain", "must be a lower-case domain name")
        return Dhcp(
            enabled=subnet is not None if draft.dhcp_enabled is None else draft.dhcp_enabled,
            ranges=ranges,
            lease_seconds=lease,
            dns_servers=self._addresses(draft.dns_servers, "dhcp.dns_servers"),
            domain=draft.domain,
            ntp_servers=self._addresses(draft.ntp_servers, "dhcp.ntp_servers"),
        )

    def _ranges(
        self, subnet: Subnet | None, reserved: tuple[AddressRange, ...]
    ) -> tuple[AddressRange, ...]:
        found: list[AddressRange] = []
        for index, (first, last) in enumerate(self._draft.dhcp_ranges):
            path = f"dhcp.ranges[{index}]"
            span = self._range(first, last, f"{path}.first", f"{path}.last")
            if span is None:
                continue
            if why := self._why_no_range(span, subnet, reserved, found):
                self._refuse(path, why)
            found.append(span)
        return tuple(found)

    @staticmethod
    def _why_no_range(
        span: AddressRange,
        subnet: Subnet | None,
        reserved: tuple[AddressRange, ...],
        before: list[AddressRange],
    ) -> str:
        if subnet is None:
            return "needs ipv4.cidr"
        within = hosts(subnet)
        if span.first not in within or span.last not in within:
            return f"{span} is outside the host addresses of {subnet.cidr}"
        if subnet.gateway is not None and subnet.gateway in span:
            return f"{span} holds the gateway {subnet.gateway}"
        for kind, others in (("reserved", reserved), ("range", before)):
            for other in others:
                if other.overlaps(span):
                    return f"{span} overlaps the {kind} {other}"
        return ""

    def _range(
        self, first_text: str, last_text: str, first_path: str, last_path: str
    ) -> AddressRange | None:
        first = self._address(first_text, first_path)
        last = self._address(last_text, last_path) if first is not None else None
        if first is None or last is None:
            return None
        if last < first:
            self._refuse(last_path, f"{last} comes before {first}")
            return None
        return AddressRange(first, last)

    def _addresses(self, texts: tuple[str, ...], path: str) -> tuple[IPv4Address, ...]:
        read = [self._address(text, f"{path}[{index}]") for index, text in enumerate(texts)]
        return tuple(each for each in read if each is not None)

    def _address(self, text: str, path: str) -> IPv4Address | None:
        try:
            return IPv4Address(text)
        except AddressValueError:
            self._refuse(path, f"{text!r} is no IPv4 address")
            return None
