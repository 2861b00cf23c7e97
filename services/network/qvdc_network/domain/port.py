"""What a port is, and how it stands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import IPv4Address

from qvdc_core.errors import FieldViolation
from qvdc_network.domain import address, mac
from qvdc_network.domain.network import NetworkSpec
from qvdc_network.domain.refusals import InvalidSpec

_HOSTNAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_OWNER = re.compile(r"[a-z][A-Za-z]{0,30}/[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
MACHINES = "vms/"


class PortStatus(Enum):
    """How a port stands."""

    PENDING = "PENDING"
    BUILD = "BUILD"
    ACTIVE = "ACTIVE"
    DOWN = "DOWN"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortDraft:
    """What is asked for; "" and () mean: choose."""

    display_name: str | None = None
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    network: str
    mac: str = ""
    fixed_ips: tuple[str, ...] = ()
    owner: str = ""
    owner_uid: str = ""
    hostname: str = ""
    admin_up: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortObservation:
    """What the OVN loop last saw and worked out.

    Args:
        generation: the generation that was seen on OVN; 0 for none yet.
        bound: OVN has bound it to a chassis and says that it is up.
        node_uid: the host that has plugged it; "" for none.
        time: when this was last seen to be so.
    """

    generation: int = 0
    status: PortStatus = PortStatus.PENDING
    message: str = "Stored; not on OVN yet."
    bound: bool = False
    node_uid: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One plug of a network.

    Args:
        network: the network's id.
        mtu: of its network, in bytes.
    """

    id: str
    uid: str
    network: str
    network_uid: str
    display_name: str
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    mac: str
    fixed_ips: tuple[IPv4Address, ...] = ()
    owner: str = ""
    owner_uid: str = ""
    hostname: str = ""
    admin_up: bool = True
    mtu: int = 0
    generation: int = 1
    revision: int = 1
    create_time: datetime
    update_time: datetime
    updated_by: str = ""
    observed: PortObservation = field(default_factory=PortObservation)

    @property
    def name(self) -> str:
        """`ports/<id>`."""
        return f"ports/{self.id}"

    @property
    def network_name(self) -> str:
        """`networks/<id>`."""
        return f"networks/{self.network}"

    @property
    def etag(self) -> str:
        """Changes with every change of what is wanted."""
        return f"{self.uid[:8]}-{self.generation}"


@dataclass(frozen=True, slots=True)
class PortFilter:
    """Which ports to list; an empty field matches everything.

    Args:
        network: id or uid of the network.
    """

    name_prefix: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    query: str = ""
    network: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class HeldAddress:
    """An address and who holds it."""

    address: IPv4Address
    port: str
    mac: str
    owner: str


@dataclass(frozen=True, slots=True)
class PluggedPort:
    """A virtual interface that a host reports; `change_count` is the host's count of changes when
    this one changed last."""

    port_uid: str
    interface: str
    link_up: bool | None
    change_count: int = 0

    @property
    def link(self) -> str:
        """Its state in one word, as host and owner compare it."""
        return {True: "UP", False: "DOWN", None: "UNKNOWN"}[self.link_up]


@dataclass(frozen=True, slots=True)
class Plug:
    """That a host has, or last said to have, a port plugged.

    Args:
        report_time: when that host last reported anything.
    """

    port_uid: str
    node_uid: str
    chassis: str
    interface: str
    link_up: bool | None
    report_time: datetime


@dataclass(frozen=True, slots=True)
class Binding:
    """What OVN's southbound database says of a port."""

    chassis: str = ""
    up: bool = False


def chosen_addresses(spec: NetworkSpec, texts: Sequence[str]) -> tuple[IPv4Address, ...]:
    """Read the addresses that a port asks for.

    Raises:
        InvalidSpec: with every one that it may not have on this network.
    """
    wrong: list[FieldViolation] = []
    read: list[IPv4Address] = []
    for index, text in enumerate(texts):
        found = _address(text)
        why = f"{text!r} is no IPv4 address" if found is None else address.why_not(spec, found)
        if found is not None and found in read:
            why = f"{found} is named twice"
        if why:
            wrong.append(FieldViolation(f"port.fixed_ips[{index}]", why))
        elif found is not None:
            read.append(found)
    if wrong:
        raise InvalidSpec(wrong)
    return tuple(read)


def check_draft(draft: PortDraft) -> None:
    """Hold `draft` against the rules that need no network.

    Raises:
        InvalidSpec: with every field at fault.
    """
    wrong: list[FieldViolation] = []
    if draft.mac and (why := mac.why_not(draft.mac)):
        wrong.append(FieldViolation("port.mac", why))
    if draft.hostname and not _HOSTNAME.fullmatch(draft.hostname):
        wrong.append(FieldViolation("port.hostname", "must be letters, digits and inner hyphens"))
    if draft.owner and not _OWNER.fullmatch(draft.owner):
        wrong.append(FieldViolation("port.owner", "must be a resource name such as vms/web-1"))
    if draft.owner_uid and not draft.owner:
        wrong.append(FieldViolation("port.owner", "is required with owner_uid"))
    if wrong:
        raise InvalidSpec(wrong)


def observe(
    port: Port,
    *,
    on_ovn: bool,
    binding: Binding,
    plugs: Sequence[Plug],
    now: datetime,
    stale_after: timedelta,
) -> PortObservation:
    """Work out how `port` stands from what OVN and the hosts said.

    Args:
        on_ovn: its row was seen as wanted, and northd has processed it.
        plugs: what hosts said of this port, stale or not.
        stale_after: a host silent for longer is not believed any more.
    """
    bound = bool(binding.chassis) and binding.up
    if not on_ovn and port.observed.generation < port.generation:
        return PortObservation(bound=bound, message=port.observed.message)
    fresh = [each for each in plugs if now - each.report_time <= stale_after]
    plug = _plug_of(fresh, binding)
    status, message = _status(port, bound, plug, gone=bool(plugs) and not fresh)
    return PortObservation(
        generation=port.generation,
        status=status,
        message=message,
        bound=bound,
        node_uid=plug.node_uid if plug else "",
    )


def _status(port: Port, bound: bool, plug: Plug | None, *, gone: bool) -> tuple[PortStatus, str]:
    before = port.observed.status
    if not port.admin_up:
        return PortStatus.DOWN, "Its link is switched off."
    if plug is not None and plug.link_up is False:
        return PortStatus.DOWN, f"The link of {plug.interface or 'its interface'} is down."
    if plug is not None and bound:
        return PortStatus.ACTIVE, ""
    if plug is not None:
        return PortStatus.BUILD, "Plugged on its host; OVN has not bound it yet."
    if gone:
        return PortStatus.DOWN, "The host that had it plugged does not report any more."
    if before in (PortStatus.ACTIVE, PortStatus.DOWN):
        return PortStatus.DOWN, "No host has it plugged any more."
    return PortStatus.BUILD, "On OVN; no host has plugged it."


def _plug_of(plugs: Sequence[Plug], binding: Binding) -> Plug | None:
    """The plug that counts: that of the chassis which OVN has bound it to, else the newest."""
    here = [each for each in plugs if binding.chassis and each.chassis == binding.chassis]
    return max(here or plugs, key=lambda each: (each.report_time, each.node_uid), default=None)


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except ValueError:
        return None
