"""Storage pools on a host: what is wanted, what is seen, and the rule between them.

A pool is a folder with a marker, `.quantix/pool.json`, that names it. Whatever is written to a pool
is written behind its marker, so that a mount that is missing never fills the disk under it. A host
that saw the marker of a pool once never makes it again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import NewType

PoolUid = NewType("PoolUid", str)

FULL_SHARE = 0.95
"""A pool that is used more than this is almost full (ST-4)."""
SLOW_SECONDS = 4.0
"""A small synced write that takes longer makes a pool slow."""
NOTICED_SHARE = 0.01
"""A change of free room below this share of the pool is not worth a report of its own."""

MARKER_MISSING = "MARKER_MISSING"
IN_USE = "IN_USE"
NOT_ASSIGNED = "POOL_NOT_ASSIGNED"
NOT_ANSWERING = "NOT_ANSWERING"
NOT_USABLE = "NOT_USABLE"
FULL = "FULL"
SLOW = "SLOW"


class PoolState(Enum):
    """How a pool stands on this host; the values are words of the contract."""

    MOUNTING = "mounting"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    """It can be used, and somebody should look at it."""
    ERROR = "error"
    """Nothing is written to it."""
    UNMOUNTED = "unmounted"
    """The host has let go of it."""

    @property
    def usable(self) -> bool:
        """Whether anything may be written to it."""
        return self in (PoolState.HEALTHY, PoolState.DEGRADED)


@dataclass(frozen=True, slots=True)
class WantedPool:
    """What a pool shall be on this host, whole.

    Args:
        name: such as storage-pools/fast.
        path: of its folder; empty is a folder of the host's own choice.
        shared: other hosts see the same bytes.
        initialise: the folder and its marker may be made, if this host never saw the marker.
        release: the host shall let go of it.
        wipe: with `release`: everything of it is deleted.
        reconnect_count, rescan_count: raised to have it looked at, or its files listed, anew.
    """

    uid: PoolUid
    name: str
    path: str
    generation: int
    shared: bool = False
    initialise: bool = False
    release: bool = False
    wipe: bool = False
    reconnect_count: int = 0
    rescan_count: int = 0

    @property
    def id(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Marker:
    """Which pool a folder is."""

    uid: PoolUid
    name: str = ""


@dataclass(frozen=True, slots=True)
class FolderView:
    """What is seen at a pool's path.

    Args:
        present: there is a folder.
        marker: None where there is none, or none that can be read.
        trouble: the system's own words when it could not be looked at, and `reason` its kind.
    """

    present: bool = False
    marker: Marker | None = None
    trouble: str = ""
    reason: str = NOT_USABLE


@dataclass(frozen=True, slots=True)
class SeenNonce:
    """What another host wrote into a shared pool, as this host reads it."""

    node_uid: str
    nonce: str


class FileKind(Enum):
    """What a file in a pool is, by where it lies."""

    DISK = "disk"
    IMAGE = "image"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PoolFile:
    """A file in a pool.

    Args:
        path: within the pool.
        allocated_bytes: what it takes of the pool.
        owner_uid, disk_id: whose disk it is by its path; empty for any other file.
    """

    path: str
    kind: FileKind
    size_bytes: int
    allocated_bytes: int
    modified: datetime
    owner_uid: str = ""
    disk_id: str = ""


@dataclass(frozen=True, slots=True)
class PoolFiles:
    """The files of a pool as one look found them: the first by path, and whether there are more."""

    files: tuple[PoolFile, ...]
    truncated: bool
    scanned: datetime


@dataclass(frozen=True, slots=True)
class Nonces:
    """How hosts find out that they look at the same folder: what this host wrote there, what it
    wrote before, and what it reads of others."""

    own: str
    previous: str = ""
    seen: tuple[SeenNonce, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """What a pool that answers tells.

    Args:
        write_seconds: how long a small synced write and its read took; None while not measured.
        nonces: of a shared pool.
    """

    capacity_bytes: int
    free_bytes: int
    write_seconds: float | None = None
    nonces: Nonces | None = None


@dataclass(frozen=True, slots=True)
class Initialise:
    """Make the folder and its marker."""


@dataclass(frozen=True, slots=True)
class Check:
    """The marker is there: see how the pool is."""


@dataclass(frozen=True, slots=True)
class LetGo:
    """Leave nothing of this host there, and with `wipe` nothing of the pool."""

    wipe: bool


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing may be done there, for this reason."""

    reason: str
    message: str


PoolStep = Initialise | Check | LetGo | Refuse


@dataclass(frozen=True, slots=True)
class PoolObservation:
    """A pool as this host sees it at one moment.

    Args:
        generation: of the wanted state that this host holds.
        reason: UPPER_SNAKE, empty while it is well.
        error: for people, with the system's own words.
        health: what it told last, None while it tells nothing.
    """

    state: PoolState
    generation: int
    reason: str = ""
    error: str = ""
    health: Health | None = None


@dataclass(frozen=True, slots=True)
class ObservedPool:
    """An observation with its place in time.

    Args:
        change_count: counts changes of generation, state or reason; never goes down.
        files: None until they were listed.
    """

    pool: WantedPool
    path: str
    observation: PoolObservation
    change_count: int
    observed_at: float
    """In seconds of CLOCK_BOOTTIME."""
    files: PoolFiles | None = None


@dataclass(frozen=True, slots=True)
class PoolMemory:
    """What a host keeps of a pool for good.

    Args:
        marked: its marker was seen here.
        change_count: of the last observation, which `state`, `generation` and `reason` were of.
    """

    marked: bool = False
    change_count: int = 0
    state: str = ""
    generation: int = 0
    reason: str = ""

    def after(self, seen: PoolObservation) -> "PoolMemory":
        """The memory with `seen` as the last observation; a change is counted."""
        standing = (seen.state.value, seen.generation, seen.reason)
        if standing == (self.state, self.generation, self.reason):
            return self
        state, generation, reason = standing
        return PoolMemory(self.marked, self.change_count + 1, state, generation, reason)


def plan_pool(wanted: WantedPool, view: FolderView, *, path: str, marked: bool) -> PoolStep:
    """Return what is to be done about a pool whose folder at `path` looks like `view`.

    Args:
        marked: this host saw the pool's marker before.
    """
    if view.marker is not None and view.marker.uid == wanted.uid:
        return LetGo(wanted.wipe) if wanted.release else Check()
    if wanted.release and not wanted.wipe:
        return LetGo(wipe=False)
    if view.trouble:
        return Refuse(view.reason, view.trouble)
    if view.marker is not None:
        whose = view.marker.name or view.marker.uid
        return Refuse(MARKER_MISSING, f"{path} carries the marker of {whose}, not its own.")
    if wanted.release:
        return Refuse(MARKER_MISSING, f"{path} cannot be wiped: it does not carry the marker.")
    # A shared folder is somebody's mount: where it is not, it is not made.
    if wanted.initialise and not marked and (view.present or not wanted.shared):
        return Initialise()
    what = "carries no marker" if view.present else "is not there"
    return Refuse(MARKER_MISSING, f"{path} {what}: is it mounted?")


def judge_pool(wanted: WantedPool, health: Health) -> PoolObservation:
    """Return how a pool stands that carries its marker and told `health`."""
    seen = PoolObservation(PoolState.HEALTHY, wanted.generation, health=health)
    used = 1 - health.free_bytes / health.capacity_bytes if health.capacity_bytes else 1.0
    if used >= FULL_SHARE:
        words = f"{used:.1%} of it is used, {health.free_bytes} bytes are free."
        return replace(seen, state=PoolState.DEGRADED, reason=FULL, error=words)
    if health.write_seconds is not None and health.write_seconds > SLOW_SECONDS:
        words = f"A small synced write took {health.write_seconds:.1f} s."
        return replace(seen, state=PoolState.DEGRADED, reason=SLOW, error=words)
    return seen


def refused(wanted: WantedPool, reason: str, message: str) -> PoolObservation:
    """Return how a pool stands that nothing may be written to."""
    return PoolObservation(PoolState.ERROR, wanted.generation, reason, message)


def worth_telling(before: PoolObservation | None, now: PoolObservation) -> bool:
    """Whether `now` differs by more than the usual coming and going of bytes."""
    if before is None or _standing(before) != _standing(now):
        return True
    if before.health is None or now.health is None:
        return before != now
    then, here = before.health, now.health
    moved = abs(here.free_bytes - then.free_bytes)
    return (
        here.capacity_bytes != then.capacity_bytes
        or moved > NOTICED_SHARE * here.capacity_bytes
        or here.nonces != then.nonces
    )


def pools_hash(pools: Iterable[ObservedPool]) -> str:
    """Return what host and owner compare: equal views of the pools have equal hashes."""
    lines = sorted(
        f"{each.pool.uid} {each.observation.generation} {each.change_count}"
        f" {each.observation.state.name}\n"
        for each in pools
        if each.observation.state is not PoolState.UNMOUNTED
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _standing(seen: PoolObservation) -> tuple[PoolState, int, str]:
    return seen.state, seen.generation, seen.reason
