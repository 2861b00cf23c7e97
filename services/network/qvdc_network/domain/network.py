"""What a network is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv4Network

STALE_AFTER = timedelta(seconds=90)
"""Three full passes of the OVN loop: what was seen longer ago is no longer shown as true."""


class NetworkType(Enum):
    """How a network is carried between hosts."""

    VLAN = "VLAN"
    OVERLAY = "OVERLAY"
    EXTERNAL = "EXTERNAL"
    ISOLATED = "ISOLATED"


class NetworkPhase(Enum):
    """How a network stands."""

    PENDING = "PENDING"
    APPLYING = "APPLYING"
    READY = "READY"
    DEGRADED = "DEGRADED"
    ERROR = "ERROR"
    DELETING = "DELETING"


@dataclass(frozen=True, slots=True)
class AddressRange:
    """Addresses from first to last, both counted in."""

    first: IPv4Address
    last: IPv4Address

    def __contains__(self, address: IPv4Address) -> bool:
        return self.first <= address <= self.last

    def overlaps(self, other: "AddressRange") -> bool:
        """Whether the two share an address."""
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Subnet:
    """An IPv4 range and its gateway; None for none."""

    cidr: IPv4Network
    gateway: IPv4Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dhcp:
    """What guests are told by DHCP; without `ranges` all addresses are given."""

    enabled: bool = False
    ranges: tuple[AddressRange, ...] = ()
    lease_seconds: int = 86_400
    dns_servers: tuple[IPv4Address, ...] = ()
    domain: str = ""
    ntp_servers: tuple[IPv4Address, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """What is wanted, with every default worked out.

    Args:
        subnet: None for a segment without addresses of ours.
        mtu: bytes of an IP packet.
        reserved: never given.
        port_security: whether a port sends only from its own addresses.
    """

    display_name: str
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    type: NetworkType
    vlan_id: int | None = None
    switch: str = ""
    subnet: Subnet | None = None
    mtu: int
    dhcp: Dhcp = field(default_factory=Dhcp)
    reserved: tuple[AddressRange, ...] = ()
    port_security: bool = True
    admin_up: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkObservation:
    """What the OVN loop last saw.

    Args:
        generation: the generation that it is about; 0 for none yet.
        time: when it was last seen to be so.
    """

    generation: int = 0
    phase: NetworkPhase = NetworkPhase.PENDING
    message: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A segment that machines are plugged into.

    Args:
        generation: counts changes of what is wanted.
        revision: counts every change that a Watch shows.
        delete_time: when its removal was asked for.
        used_count: addresses held by ports.
    """

    id: str
    uid: str
    spec: NetworkSpec
    generation: int = 1
    revision: int = 1
    create_time: datetime
    update_time: datetime
    updated_by: str = ""
    delete_time: datetime | None = None
    observed: NetworkObservation = field(default_factory=NetworkObservation)
    port_count: int = 0
    used_count: int = 0

    @property
    def name(self) -> str:
        """`networks/<id>`."""
        return f"networks/{self.id}"

    @property
    def etag(self) -> str:
        """Changes with every change of what is wanted."""
        return f"{self.uid[:8]}-{self.generation}"

    @property
    def settled(self) -> bool:
        """Whether what is wanted now was seen on OVN."""
        seen = self.observed
        return seen.generation == self.generation and seen.phase is NetworkPhase.READY

    def phase(self, now: datetime) -> tuple[NetworkPhase, str]:
        """How it stands at `now`, and why, in words."""
        seen = self.observed
        if self.delete_time is not None:
            return NetworkPhase.DELETING, seen.message or "Its rows are being taken from OVN."
        if seen.generation < self.generation:
            return NetworkPhase.PENDING, seen.message or "Stored; not on OVN yet."
        if seen.time is not None and now - seen.time > STALE_AFTER and self.settled:
            when = seen.time.isoformat(timespec="seconds")
            return NetworkPhase.DEGRADED, f"Not seen on OVN since {when}."
        return seen.phase, seen.message


@dataclass(frozen=True, slots=True)
class NetworkFilter:
    """Which networks to list; an empty field matches everything."""

    name_prefix: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    query: str = ""
    types: tuple[NetworkType, ...] = ()
    phases: tuple[NetworkPhase, ...] = ()
