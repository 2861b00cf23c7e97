"""What a host tells of itself. Every value is the host's own word; unknown stays unset."""

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from qvdc_core.errors import InvalidField


class Purpose(Enum):
    """What is reached at an address."""

    AGENT = "AGENT"
    GUARDIAN = "GUARDIAN"
    TUNNEL = "TUNNEL"
    MIGRATION = "MIGRATION"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a host is reached; `ip` without prefix length."""

    ip: str
    port: int
    purpose: Purpose

    def __str__(self) -> str:
        host = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{host}:{self.port}"


def plain_ip(text: str, *, field: str) -> str:
    """Return the address in `text` in its shortest form.

    Raises:
        InvalidField: it holds none.
    """
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise InvalidField(field, f"{text!r} is no IP address") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What runs on a host."""

    agent_version: str = ""
    protocol_lowest: int = 0
    protocol_highest: int = 0
    os: str = ""
    kernel: str = ""
    hypervisor: str = ""
    hypervisor_version: str = ""
    virt_type: str = ""
    boot_time: datetime | None = None
    architecture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """A host's processors."""

    model: str = ""
    socket_count: int | None = None
    core_count: int | None = None
    thread_count: int | None = None
    frequency_mhz: int | None = None
    flags: tuple[str, ...] = ()
    cpu_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A block device of a host."""

    path: str
    stable_id: str = ""
    model: str = ""
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nic:
    """A network interface of a host."""

    name: str
    mac: str = ""
    driver: str = ""
    speed_mbps: int | None = None
    mtu: int | None = None
    carrier: bool | None = None


class PoolState(Enum):
    """How a pool stands on a host."""

    UNSPECIFIED = "UNSPECIFIED"
    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A storage pool as a host sees it."""

    pool: str
    state: PoolState = PoolState.UNSPECIFIED
    path: str = ""
    capacity_bytes: int | None = None
    free_bytes: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The hardware of a host and what it offers."""

    cpu: Cpu | None = None
    memory_total_bytes: int | None = None
    disks: tuple[Disk, ...] = ()
    nics: tuple[Nic, ...] = ()
    pools: tuple[Pool, ...] = ()
    network_drivers: tuple[str, ...] = ()
    chassis: str = ""

    @property
    def told(self) -> bool:
        """Whether processors and memory are known: without them nothing can be placed."""
        cpu_count = self.cpu.cpu_count if self.cpu is not None else None
        return cpu_count is not None and self.memory_total_bytes is not None

    @property
    def lasting(self) -> "Inventory":
        """The inventory without what changes by use: what pools hold."""
        pools = (replace(pool, free_bytes=None, error="") for pool in self.pools)
        return replace(self, pools=tuple(pools))


class Status(Enum):
    """Whether a condition holds."""

    TRUE = "TRUE"
    FALSE = "FALSE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One statement about a host; `since` is when its status last changed."""

    type: str
    status: Status
    reason: str = ""
    message: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Load of a host as last told."""

    cpu_percent: float | None = None
    memory_used_bytes: int | None = None
    load_1: float | None = None
    load_5: float | None = None
    load_15: float | None = None
    machine_count: int | None = None


def merged_conditions(
    stored: tuple[Condition, ...], told: tuple[Condition, ...], now: datetime
) -> tuple[Condition, ...]:
    """Return what is told, one entry per type, keeping `since` where the status stayed."""
    before = {condition.type: condition for condition in stored}
    merged: dict[str, Condition] = {}
    for each in told:
        known = before.get(each.type)
        since = known.since if known is not None and known.status is each.status else now
        merged[each.type] = Condition(
            type=each.type,
            status=each.status,
            reason=each.reason,
            message=each.message,
            since=since,
        )
    return tuple(merged[kind] for kind in sorted(merged))


def changed_conditions(
    stored: tuple[Condition, ...], merged: tuple[Condition, ...]
) -> tuple[Condition, ...]:
    """Return the conditions of `merged` whose status is not that of `stored`."""
    before = {condition.type: condition.status for condition in stored}
    return tuple(each for each in merged if before.get(each.type) is not each.status)


def moved(before: Usage | None, now: Usage | None) -> bool:
    """Return whether load changed enough to be worth a row.

    That is: five points of CPU, a hundredth of what was used of memory (64 MiB at least), or the
    number of machines.
    """
    if before is None or now is None:
        return before is not now
    if before.machine_count != now.machine_count:
        return True
    if abs((before.cpu_percent or 0.0) - (now.cpu_percent or 0.0)) >= 5.0:
        return True
    used = before.memory_used_bytes or 0
    slack_bytes = max(used // 100, 64 << 20)
    return abs(used - (now.memory_used_bytes or 0)) >= slack_bytes
