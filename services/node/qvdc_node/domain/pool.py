"""Storage pools: what people want of them, and what each host shall have (ST-1, ST-2)."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import NewType

from qvdc_core.errors import EtagMismatch, InvalidField, Kind, Refusal
from qvdc_node.domain.node import NodeUid

PoolUid = NewType("PoolUid", str)

DEFAULT_RATIO = 2.0
DEFAULT_RESERVE_PERCENT = 5
BUILT_IN = "local"
"""The hosts' own pool, which has no row: its id is reserved."""
_FORBIDDEN = (
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr",
)  # fmt: skip
_TOO_WIDE = frozenset({"/", "/home", "/media", "/mnt", "/opt", "/root", "/srv", "/tmp", "/var"})  # noqa: S108 - refused, not used


class PoolType(Enum):
    """What a pool is made of."""

    LOCAL_DIR = "LOCAL_DIR"
    SHARED_DIR = "SHARED_DIR"

    @property
    def shared(self) -> bool:
        """Whether its nodes have one directory together."""
        return self is PoolType.SHARED_DIR


class Content(Enum):
    """What is kept in a pool."""

    DISKS = "DISKS"
    IMAGES = "IMAGES"
    ISO = "ISO"
    BACKUP = "BACKUP"


class Provisioning(Enum):
    """How a disk takes its room."""

    THIN = "THIN"
    THICK = "THICK"


class PoolPhase(Enum):
    """How a pool stands."""

    PENDING = "PENDING"
    READY = "READY"
    DEGRADED = "DEGRADED"
    ERROR = "ERROR"
    DELETING = "DELETING"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolIntent:
    """What people want of a pool and may change; no host ever writes it.

    Args:
        content: empty is disks alone.
        overprovision_ratio: how many times its capacity thin disks may claim.
        reserve_percent: of its capacity, kept free of new disks.
        default_provisioning: of disks that do not say.
    """

    display_name: str | None = None
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    content: tuple[Content, ...] = ()
    overprovision_ratio: float = DEFAULT_RATIO
    reserve_percent: int = DEFAULT_RESERVE_PERCENT
    default_provisioning: Provisioning = Provisioning.THIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was last told of a pool in events and to those who watch it.

    Args:
        bad: (node uid, state, reason) of each node where it was not healthy.
        full: uids of the nodes where it was full.
        digest: of all that Watch shows.
    """

    phase: PoolPhase = PoolPhase.PENDING
    bad: tuple[tuple[str, str, str], ...] = ()
    full: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoragePool:
    """A place for disks and images on hosts.

    Args:
        path: absolute; "" is a folder of its own under each host's folder of pools.
        generation: counts changes of the intent and of who has it; the etag follows from it.
        revision: counts all changes; consumers of Watch drop older ones.
        deleting: it goes when every host has let it go.
        wipe: with its files.
        initialised: it was healthy on some host, so it has a marker.
    """

    uid: PoolUid
    id: str
    type: PoolType
    path: str
    intent: PoolIntent
    generation: int
    revision: int
    create_time: datetime
    update_time: datetime
    changed_by: str
    deleting: bool = False
    wipe: bool = False
    initialised: bool = False
    told: Told = field(default_factory=Told)

    @property
    def name(self) -> str:
        """`storage-pools/<id>`."""
        return f"storage-pools/{self.id}"

    @property
    def etag(self) -> str:
        """Tells re-creations and changes apart."""
        return f"{self.uid[:8]}-{self.generation}"

    def require(self, etag: str) -> None:
        """Return if `etag` is empty or current.

        Raises:
            EtagMismatch: somebody was faster.
        """
        if etag and etag != self.etag:
            raise EtagMismatch(
                self.name, changed_by=self.changed_by, change_time=self.update_time.isoformat()
            )

    def require_kept(self) -> None:
        """Return unless the pool is on its way out.

        Raises:
            BeingDeleted: it is.
        """
        if self.deleting:
            raise BeingDeleted(self.name)

    def check_wipe(self, repeated: str) -> bool:
        """Return whether its files go too: `repeated` is "" or the pool's id or name once more.

        Raises:
            WipeNotConfirmed: it is something else.
        """
        if repeated and repeated not in (self.id, self.name):
            raise WipeNotConfirmed(self.name)
        return bool(repeated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A pool that a host shall have, or let go.

    Args:
        generation: raised when anything of it changes but the counts.
        initialise: the host may write the marker where none is.
        releasing: the host shall let it go.
        wipe: and delete what is in it.
        reconnect_count, rescan_count: how often people asked for it.
    """

    pool_uid: PoolUid
    node_uid: NodeUid
    generation: int = 1
    initialise: bool = False
    releasing: bool = False
    wipe: bool = False
    reconnect_count: int = 0
    rescan_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedPools:
    """All that one host shall have: the pools with their assignments, by name."""

    site_term: int
    generation: int
    pools: tuple[tuple[StoragePool, Assignment], ...]


def checked_path(kind: PoolType, path: str) -> str:
    """Return `path` if a pool of this type may be there.

    Raises:
        InvalidField: it is not absolute and plain, belongs to the system, or is missing.
    """
    where = "storage_pool.path"
    if not path:
        if kind.shared:
            raise InvalidField(where, "says where the directory is mounted on every node")
        return ""
    if not path.startswith("/") or posixpath.normpath(path) != path or not path.isprintable():
        raise InvalidField(where, "must be absolute, without `.`, `..`, doubled or ending slashes")
    if path in _TOO_WIDE or any(path == bad or path.startswith(f"{bad}/") for bad in _FORBIDDEN):
        raise InvalidField(where, f"{path} belongs to the host's system")
    return path


def checked_id(wanted: str) -> str:
    """Return `wanted`, an id of the right shape, unless it is reserved.

    Raises:
        InvalidField: it is that of the hosts' own pool.
    """
    if wanted == BUILT_IN:
        raise InvalidField("storage_pool_id", f"{BUILT_IN} is the hosts' own pool", reserved=wanted)
    return wanted


def check_apart(pool: StoragePool, node: str, others: Iterable[StoragePool]) -> None:
    """Return if `pool` meets none of the `others` that the node has.

    Raises:
        PathInUse: one is at, above or below its path.
    """
    for other in others:
        if other.uid == pool.uid or not pool.path or not other.path:
            continue
        mine, its = f"{pool.path}/", f"{other.path}/"
        if mine.startswith(its) or its.startswith(mine):
            raise PathInUse(other.name, other.path, node)


def given(pool: StoragePool, had: Assignment | None, node: NodeUid, *, first: bool) -> Assignment:
    """Return the assignment that gives `pool` to a node that had it as `had` says.

    Args:
        first: no other node may write the marker of a shared pool.
    """
    may = not pool.type.shared or (first and not pool.initialised)
    if had is None:
        return Assignment(pool_uid=pool.uid, node_uid=node, initialise=may)
    if not had.releasing:
        return had
    return replace(had, generation=had.generation + 1, releasing=False, wipe=False, initialise=may)


def released(had: Assignment, *, wipe: bool) -> Assignment:
    """Return the assignment by which a host lets the pool go."""
    if had.releasing and had.wipe == wipe:
        return had
    return replace(had, generation=had.generation + 1, releasing=True, wipe=wipe, initialise=False)


def released_by_all(pool: StoragePool, held: Sequence[Assignment]) -> list[Assignment]:
    """Return the assignments by which all let the pool go; one host wipes a shared one."""
    wiper = min((each.node_uid for each in held), default="")
    return [
        released(each, wipe=pool.wipe and (not pool.type.shared or each.node_uid == wiper))
        for each in held
    ]


class BeingDeleted(Refusal):
    """The pool is on its way out."""

    kind = Kind.PRECONDITION
    reason = "BEING_DELETED"

    def __init__(self, pool: str) -> None:
        super().__init__(f"{pool} is being deleted.", pool=pool)


class PoolNameTaken(Refusal):
    """A pool of this id exists."""

    kind = Kind.EXISTS
    reason = "ALREADY_EXISTS"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} exists already.", name=name)


class PathInUse(Refusal):
    """Another pool of the node is at this path, above it or below it."""

    kind = Kind.PRECONDITION
    reason = "PATH_IN_USE"

    def __init__(self, pool: str, path: str, node: str) -> None:
        super().__init__(f"{pool} is at {path} on {node}.", pool=pool, path=path, node=node)


class WipeNotConfirmed(Refusal):
    """Deleting a pool's files needs its name once more."""

    kind = Kind.INVALID
    reason = "WIPE_NOT_CONFIRMED"

    def __init__(self, pool: str) -> None:
        super().__init__(
            f"`wipe` must repeat the name {pool}; without it the files stay.", pool=pool
        )
