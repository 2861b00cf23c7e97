"""A node: what is wanted of a host, what was seen of it, and what follows from both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import NewType

from qvdc_core.errors import EtagMismatch, InUse, InvalidField, Kind, Refusal
from qvdc_node.domain.facility import Bmc, Eviction, FailureDomain, Overcommit
from qvdc_node.domain.inventory import Address, Condition, Inventory, System, Usage
from qvdc_node.domain.taint import Taint

DEFAULT_RESERVED_CORES = 1
DEFAULT_RESERVED_MEMORY_BYTES = 1 << 30

REMOVED_RETRY = timedelta(minutes=10)
"""How often a removed host may ask again."""

NodeUid = NewType("NodeUid", str)
"""The machine uuid, which is the node's uid."""


class Mode(Enum):
    """What people want of a node."""

    ACTIVE = "ACTIVE"
    CORDONED = "CORDONED"
    MAINTENANCE = "MAINTENANCE"


class Role(Enum):
    """What a node is for."""

    COMPUTE = "COMPUTE"
    STORAGE = "STORAGE"
    GATEWAY = "GATEWAY"


class Phase(Enum):
    """How a node stands."""

    PENDING = "PENDING"
    READY = "READY"
    NOT_READY = "NOT_READY"
    DRAINING = "DRAINING"
    MAINTENANCE = "MAINTENANCE"
    OFFLINE = "OFFLINE"
    FENCED = "FENCED"
    REMOVING = "REMOVING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What people want of a node; no host ever writes it.

    Args:
        roles: empty is compute alone.
        reserved_cores: kept for the host itself; None is the default.
        reserved_memory_bytes: likewise.
    """

    display_name: str | None = None
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    mode: Mode = Mode.ACTIVE
    taints: tuple[Taint, ...] = ()
    roles: tuple[Role, ...] = ()
    reserved_cores: int | None = None
    reserved_memory_bytes: int | None = None
    overcommit: Overcommit = field(default_factory=Overcommit)
    failure_domain: FailureDomain = field(default_factory=FailureDomain)
    bmc: Bmc | None = None

    def check_reservations(self, inventory: Inventory) -> None:
        """Return if what is reserved leaves enough of the hardware, as far as that is known.

        Raises:
            InvalidField: more than a quarter of the processors, or than half of the memory.
        """
        cpu_count = inventory.cpu.cpu_count if inventory.cpu is not None else None
        if self.reserved_cores and cpu_count and self.reserved_cores > max(1, cpu_count // 4):
            raise InvalidField("reserved_cores", f"at most a quarter of the {cpu_count} processors")
        total = inventory.memory_total_bytes
        if self.reserved_memory_bytes and total and self.reserved_memory_bytes > total // 2:
            raise InvalidField("reserved_memory_bytes", f"at most half of the {total} bytes")


@dataclass(frozen=True, slots=True)
class DrainBlocker:
    """A machine that keeps a node from being empty, and what to do about it."""

    machine: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Drain:
    """A node being emptied; `operation` is the id, `blockers` the first of them by name."""

    operation: str
    blockers: tuple[DrainBlocker, ...] = ()
    blocker_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What a host told at its registration and in its beats; no person ever writes it."""

    hostname: str
    addresses: tuple[Address, ...] = ()
    boot_id: str = ""
    instance: int = 0
    system: System = field(default_factory=System)
    inventory: Inventory = field(default_factory=Inventory)
    conditions: tuple[Condition, ...] = ()
    usage: Usage | None = None
    hardware_fingerprint: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A hypervisor host.

    Args:
        generation: counts changes of the intent; the etag follows from it.
        revision: counts all changes; consumers of Watch drop older ones.
        beat_sequence: of the newest beat of this session that was written down.
        cluster: name of its cluster as the cluster service last said, "" for none.
        last_heartbeat_time: the newest acknowledged beat that was written down; None before any.
        marks: conditions that the service says of it, not the host.
        proposal: name of the node whose hardware it has; it waits for an admin while that is set.
        offered_fingerprint: of the hardware it was last refused on.
        confirmed_fingerprint: of hardware that an admin said is right.
        drain: set while it is being emptied.
        eviction: what NO_EXECUTE taints ask to leave; None without any.
        member_set_version: of the set that the host said it keeps.
        joining_cluster: name of the cluster that its token put it into, until that is settled.
    """

    uid: NodeUid
    id: str
    intent: Intent
    observed: Observed
    generation: int
    revision: int
    create_time: datetime
    update_time: datetime
    changed_by: str
    register_time: datetime
    session_epoch: int
    beat_sequence: int
    phase: Phase
    phase_reason: str
    cluster: str
    key_fingerprint: str
    certificate_expire_time: datetime | None
    last_heartbeat_time: datetime | None
    observe_time: datetime
    marks: tuple[Condition, ...] = ()
    proposal: str = ""
    offered_fingerprint: str = ""
    confirmed_fingerprint: str = ""
    drain: Drain | None = None
    eviction: Eviction | None = None
    member_set_version: int = 0
    joining_cluster: str = ""

    @property
    def name(self) -> str:
        """`nodes/<id>`."""
        return f"nodes/{self.id}"

    @property
    def etag(self) -> str:
        """Changes with every change of the intent, and with the node itself."""
        return f"{self.uid[:8]}-{self.generation}"

    @property
    def standing(self) -> "Standing":
        """What its phase follows from."""
        return Standing(
            uid=self.uid,
            mode=self.intent.mode,
            conditions=self.observed.conditions,
            phase=self.phase,
            phase_reason=self.phase_reason,
            register_time=self.register_time,
            last_heartbeat_time=self.last_heartbeat_time,
            hostname=self.observed.hostname,
            marks=self.marks,
            proposal=self.proposal,
            draining=self.drain is not None,
            inventoried=self.observed.inventory.told,
        )

    def require(self, etag: str) -> None:
        """Return if `etag` is empty or current.

        Raises:
            EtagMismatch: somebody was faster.
        """
        if etag and etag != self.etag:
            raise EtagMismatch(
                self.name, changed_by=self.changed_by, change_time=self.update_time.isoformat()
            )

    def tombstone(self, *, removed_by: str, now: datetime, reason: str = "") -> "Tombstone":
        """Return what is remembered of the node when it goes."""
        return Tombstone(
            uid=self.uid,
            id=self.id,
            key_fingerprint=self.key_fingerprint,
            removed_by=removed_by,
            remove_time=now,
            reason=reason,
        )

    def wanting(self, intent: Intent) -> "Node":
        """Return the node with another intent."""
        return replace(self, intent=intent)

    def require_removable(self, machines: Sequence[str], machine_count: int) -> None:
        """Return if nothing depends on the node.

        Args:
            machines: the first of those placed on it.
            machine_count: of those placed on it.

        Raises:
            InUse: it belongs to a cluster, or machines are on it.
        """
        usage = self.observed.usage
        running = (usage.machine_count or 0) if usage is not None else 0
        if not machine_count and running:
            machines, machine_count = [f"{running} machines on the host"], running
        blockers = [self.cluster] if self.cluster else []
        if blockers or machine_count:
            raise InUse(self.name, [*blockers, *machines], len(blockers) + machine_count)


def cordoned(intent: Intent) -> Intent:
    """Return `intent` with no new machines wanted; maintenance stays maintenance."""
    return replace(intent, mode=Mode.CORDONED) if intent.mode is Mode.ACTIVE else intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the phase of a node follows from, and the phase it has.

    Args:
        inventoried: its processors and memory are known.
    """

    uid: NodeUid
    mode: Mode
    conditions: tuple[Condition, ...]
    phase: Phase
    phase_reason: str
    register_time: datetime
    last_heartbeat_time: datetime | None
    hostname: str = ""
    marks: tuple[Condition, ...] = ()
    proposal: str = ""
    draining: bool = False
    inventoried: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFilter:
    """Which nodes to list; an empty field matches everything."""

    name_prefix: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    query: str = ""
    phases: tuple[Phase, ...] = ()
    modes: tuple[Mode, ...] = ()
    cluster: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What is remembered of a removed node, for a year."""

    uid: NodeUid
    id: str
    key_fingerprint: str
    removed_by: str
    remove_time: datetime
    reason: str = ""
    readmitted: bool = False

    @property
    def name(self) -> str:
        """`tombstones/<machine uuid>`."""
        return f"tombstones/{self.uid}"


class NodeRemoved(Refusal):
    """The host was removed from the site."""

    kind = Kind.PRECONDITION
    reason = "NODE_REMOVED"

    def __init__(self, uid: str, remove_time: datetime) -> None:
        super().__init__(
            f"The host {uid} was removed from this site at {remove_time.isoformat()}.",
            retry_after=REMOVED_RETRY,
            machine_uuid=uid,
            remove_time=remove_time.isoformat(),
        )


class NodeUnknown(Refusal):
    """No node has this uid."""

    kind = Kind.NOT_FOUND
    reason = "NODE_UNKNOWN"

    def __init__(self, uid: str) -> None:
        super().__init__(f"No node has the uid {uid}: register first.", machine_uuid=uid)


class NodeHasVms(Refusal):
    """Machines are placed on the node."""

    kind = Kind.PRECONDITION
    reason = "NODE_HAS_VMS"

    def __init__(self, node: str, machines: Sequence[str], count: int) -> None:
        super().__init__(
            f"{count} machines are placed on {node}: {', '.join(machines)}.",
            node=node,
            count=count,
            machines=",".join(machines),
        )


class NodeAlive(Refusal):
    """Only a node that is dead can be removed by force."""

    kind = Kind.PRECONDITION
    reason = "NODE_ALIVE"

    def __init__(self, node: str, phase: Phase) -> None:
        super().__init__(
            f"{node} is {phase.value}: force needs a node that is OFFLINE or FENCED.",
            node=node,
            phase=phase.value,
        )
