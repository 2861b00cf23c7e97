"""The planner: which host takes a machine, and why the others do not (VM-24, VM-25).

Pure and deterministic: equal inputs give equal plans.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from qvdc_cluster.domain.cluster import NodeUid
from qvdc_cluster.domain.projection import Node, Pool
from qvdc_cluster.domain.settings import DrsPolicy, Overcommit
from qvdc_cluster.domain.storage import HEALTHY, OWN_FOLDER, PREFIX, StoragePool
from qvdc_core.units import GIB, MIB

HOST_MEMORY_RESERVE_BYTES = GIB
"""Kept for a host that does not say what it keeps; at most half of what it has."""
AVOIDED_SCORE = -10.0
"""Of a host with a PREFER_NO_SCHEDULE taint: below any that has none."""
OVERLAY_DRIVER = "ovn"


class ObstacleReason(Enum):
    """Why a host cannot take a machine."""

    NOT_READY = "NOT_READY"
    CORDONED = "CORDONED"
    TAINTED = "TAINTED"
    NOT_REQUIRED = "NOT_REQUIRED"
    EXCLUDED = "EXCLUDED"
    LABELS = "LABELS"
    CPU = "CPU"
    MEMORY = "MEMORY"
    NETWORK = "NETWORK"
    STORAGE = "STORAGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a machine needs from a host.

    Args:
        cluster: name of the cluster.
        disk_bytes: of all disks, in `storage_pool`: a storage pool, `local` for the hosts' own
            folder, "" for the cluster's default pool, or the own folder where it has none.
        networks: names of the networks that must reach the host.
        required_nodes: names of the only nodes allowed; empty allows all.
    """

    cluster: str
    vcpu_count: int
    memory_bytes: int
    disk_bytes: int = 0
    storage_pool: str = ""
    networks: tuple[str, ...] = ()
    required_nodes: tuple[str, ...] = ()
    excluded_nodes: tuple[str, ...] = ()
    node_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What a host has promised to machines already."""

    vcpu_count: int = 0
    memory_bytes: int = 0
    disk_bytes: Mapping[str, int] = field(default_factory=dict)
    """By pool."""


@dataclass(frozen=True, slots=True)
class Host:
    """A member of the cluster with what it has promised, and the storage pools that it has."""

    node: Node
    promised: Promised
    storage_pools: tuple[StoragePool, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """The cluster's settings that matter for placement."""

    overcommit: Overcommit
    preference: DrsPolicy
    default_storage_pool: str = ""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason against a host, with numbers where it is about numbers."""

    reason: ObstacleReason
    message: str
    needed: int | None = None
    available: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one host could offer; higher scores are better, among hosts that fit."""

    node: str
    node_uid: NodeUid
    obstacles: tuple[Obstacle, ...]
    score_parts: Mapping[str, float]
    pool: str

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against the host."""
        return not self.obstacles

    @property
    def score(self) -> float:
        """Sum of its parts."""
        return sum(self.score_parts.values())


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdicts, the chosen host first, then by score, then those that do not fit, by name."""

    verdicts: tuple[Verdict, ...]

    @property
    def chosen(self) -> Verdict | None:
        """The best host that fits; None when none does."""
        best = self.verdicts[0] if self.verdicts else None
        return best if best is not None and best.fits else None


def plan(demand: Demand, hosts: Sequence[Host], policy: Policy) -> Decision:
    """Judge every host and put the best first; ties go to the smaller name."""
    verdicts = [_judge(demand, host, policy) for host in hosts]
    return Decision(tuple(sorted(verdicts, key=lambda v: (not v.fits, -v.score, v.node))))


def wished_pool(demand: Demand, policy: Policy) -> str:
    """The storage pool that the demand means; "" for the hosts' own folder."""
    wished = demand.storage_pool or policy.default_storage_pool
    if wished in ("", OWN_FOLDER):
        return ""
    return wished if wished.startswith(PREFIX) else PREFIX + wished


def pool_of(demand: Demand, node: Node, policy: Policy) -> str:
    """Name of the pool that the demand means on this host: a storage pool or its own folder."""
    if wished := wished_pool(demand, policy):
        return wished
    names = sorted(pool.name for pool in node.pools if not pool.name.startswith(PREFIX))
    return OWN_FOLDER if OWN_FOLDER in names or not names else names[0]


def _judge(demand: Demand, host: Host, policy: Policy) -> Verdict:
    obstacles = (
        *_standing(demand, host.node),
        *_compute(demand, host, policy.overcommit),
        *_surroundings(demand, host, policy),
    )
    return Verdict(
        node=host.node.name,
        node_uid=host.node.uid,
        obstacles=obstacles,
        score_parts={} if obstacles else _score(demand, host, policy),
        pool=pool_of(demand, host.node, policy),
    )


def _standing(demand: Demand, node: Node) -> Iterator[Obstacle]:
    if node.phase != "READY":
        phase = node.phase or "unknown"
        yield Obstacle(ObstacleReason.NOT_READY, f"its phase is {phase}, not READY")
    if node.mode != "ACTIVE":
        yield Obstacle(ObstacleReason.CORDONED, f"its mode is {node.mode or 'unknown'}, not ACTIVE")
    if node.taints:
        yield Obstacle(ObstacleReason.TAINTED, f"it is tainted: {', '.join(node.taints)}")
    if demand.required_nodes and node.name not in demand.required_nodes:
        yield Obstacle(ObstacleReason.NOT_REQUIRED, "it is not one of the nodes asked for")
    if node.name in demand.excluded_nodes:
        yield Obstacle(ObstacleReason.EXCLUDED, "it is excluded")
    missing = [key for key, value in demand.node_labels.items() if node.labels.get(key) != value]
    if missing:
        yield Obstacle(ObstacleReason.LABELS, f"it lacks the labels {', '.join(sorted(missing))}")


def _compute(demand: Demand, host: Host, overcommit: Overcommit) -> Iterator[Obstacle]:
    vcpus = vcpu_capacity(host.node, overcommit)
    if vcpus is None:
        yield Obstacle(ObstacleReason.CPU, "its CPUs are unknown", demand.vcpu_count)
    elif demand.vcpu_count > (free := vcpus - host.promised.vcpu_count):
        yield Obstacle(
            ObstacleReason.CPU,
            f"CPU needs {demand.vcpu_count} vCPUs, has {max(free, 0)} of {vcpus}",
            demand.vcpu_count,
            max(free, 0),
        )
    memory = memory_capacity(host.node, overcommit)
    if memory is None:
        yield Obstacle(ObstacleReason.MEMORY, "its memory is unknown", demand.memory_bytes)
    elif demand.memory_bytes > (free := memory - host.promised.memory_bytes):
        yield Obstacle(
            ObstacleReason.MEMORY,
            f"memory needs {_mib(demand.memory_bytes)} MiB, has {_mib(max(free, 0))}",
            demand.memory_bytes,
            max(free, 0),
        )


def vcpu_capacity(node: Node, overcommit: Overcommit) -> int | None:
    """vCPUs that may be promised on this host; None when its cores are unknown.

    What it keeps for itself counts up to a quarter of its cores, so that a small host is of use.
    """
    if node.core_count is None:
        return None
    kept = min(node.reserved_cores or 0, node.core_count // 4)
    return int((node.core_count - kept) * (node.cpu_ratio or overcommit.cpu_ratio))


def memory_capacity(node: Node, overcommit: Overcommit) -> int | None:
    """Bytes that may be promised on this host; None when its memory is unknown."""
    if node.memory_bytes is None:
        return None
    told = node.reserved_memory_bytes
    reserve = min(HOST_MEMORY_RESERVE_BYTES if told is None else told, node.memory_bytes // 2)
    return int((node.memory_bytes - reserve) * (node.memory_ratio or overcommit.memory_ratio))


def _surroundings(demand: Demand, host: Host, policy: Policy) -> Iterator[Obstacle]:
    if demand.networks and OVERLAY_DRIVER not in host.node.network_drivers:
        networks = ", ".join(demand.networks)
        yield Obstacle(ObstacleReason.NETWORK, f"it does not offer OVN, which {networks} needs")
    if wished := wished_pool(demand, policy):
        yield from _storage_pool(wished, demand, host)
    elif demand.disk_bytes or demand.storage_pool:
        yield from _own_folder(demand, host, policy)


def _storage_pool(name: str, demand: Demand, host: Host) -> Iterator[Obstacle]:
    pool = next((each for each in host.storage_pools if each.name == name), None)
    if pool is None:
        yield Obstacle(ObstacleReason.STORAGE, f"it does not have {name}", demand.disk_bytes)
        return
    if pool.state != HEALTHY:
        words = f"{name} is {pool.standing} there"
        yield Obstacle(ObstacleReason.STORAGE, words, demand.disk_bytes)
        return
    room = pool.room_bytes(host.promised.disk_bytes.get(name, 0))
    if room is None:
        words = f"the room in {name} there is unknown"
        yield Obstacle(ObstacleReason.STORAGE, words, demand.disk_bytes)
    elif demand.disk_bytes > room or room == 0:
        words = (
            f"{name} needs {_mib(demand.disk_bytes)} MiB, has {_mib(room)} at"
            f" {pool.ratio:g} times its capacity"
        )
        yield Obstacle(ObstacleReason.STORAGE, words, demand.disk_bytes, room)


def _own_folder(demand: Demand, host: Host, policy: Policy) -> Iterator[Obstacle]:
    name = pool_of(demand, host.node, policy)
    pool = next((each for each in host.node.pools if each.name == name), None)
    if pool is None:
        yield Obstacle(ObstacleReason.STORAGE, f"it has no pool {name}", demand.disk_bytes)
        return
    if not pool.healthy:
        yield Obstacle(ObstacleReason.STORAGE, f"its pool {name} is not healthy", demand.disk_bytes)
    room = pool_room(pool, host.promised)
    if room is None:
        yield Obstacle(
            ObstacleReason.STORAGE, f"the room in its pool {name} is unknown", demand.disk_bytes
        )
    elif demand.disk_bytes > room:
        yield Obstacle(
            ObstacleReason.STORAGE,
            f"pool {name} needs {_mib(demand.disk_bytes)} MiB, has {_mib(room)}",
            demand.disk_bytes,
            room,
        )


def pool_room(pool: Pool, promised: Promised) -> int | None:
    """Bytes that may still be promised of a pool: not promised, and really free."""
    if pool.capacity_bytes is None or pool.free_bytes is None:
        return None
    unpromised = pool.capacity_bytes - promised.disk_bytes.get(pool.name, 0)
    return max(min(unpromised, pool.free_bytes), 0)


def _score(demand: Demand, host: Host, policy: Policy) -> dict[str, float]:
    vcpus = vcpu_capacity(host.node, policy.overcommit) or 1
    memory = memory_capacity(host.node, policy.overcommit) or 1
    free = {
        "cpu": 1 - (host.promised.vcpu_count + demand.vcpu_count) / vcpus,
        "memory": 1 - (host.promised.memory_bytes + demand.memory_bytes) / memory,
    }
    sign = -1 if policy.preference is DrsPolicy.PACKED else 1
    parts = {name: round(sign * share, 6) for name, share in free.items()}
    if host.node.avoided_for:
        parts["taints"] = AVOIDED_SCORE
    return parts


def _mib(size_bytes: int) -> str:
    return f"{size_bytes // MIB:,}"
