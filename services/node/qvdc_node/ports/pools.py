"""What is stored of storage pools, in one transaction."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qvdc_core.event import WatchItem
from qvdc_core.page import Page, PageRequest
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pool import (
    AssignedPools,
    Assignment,
    PoolPhase,
    PoolType,
    PoolUid,
    StoragePool,
)
from qvdc_node.domain.pool_claim import PoolClaim, Taken
from qvdc_node.domain.pool_file import Device, FoundFile, ListedFile
from qvdc_node.domain.pool_health import PoolWork
from qvdc_node.domain.pool_sight import PoolView, Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFilter:
    """Which pools to list; an empty field matches everything."""

    name_prefix: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    query: str = ""
    node: str = ""
    types: tuple[PoolType, ...] = ()
    phases: tuple[PoolPhase, ...] = ()


@dataclass(frozen=True, slots=True)
class HostTold:
    """The newest report of a host on its pools."""

    boot_id: str
    boottime_ms: int


class Pools(Protocol):
    """Pools, and which hosts shall have them."""

    async def add(self, pool: StoragePool) -> None:
        """Store a new pool.

        Raises:
            PoolNameTaken: its id is taken.
        """
        ...

    async def get(self, name: str, *, locked: bool = False) -> StoragePool:
        """Return the pool of `name`; `locked` until the transaction ends.

        Raises:
            NotFound: there is none.
        """
        ...

    async def save(self, pool: StoragePool, *, actor: str) -> StoragePool:
        """Store intent and fate of a locked pool; return it with its next generation."""
        ...

    async def settled(self, pool: StoragePool) -> StoragePool:
        """Store what was told of a locked pool and whether it has a marker; return it as stored."""
        ...

    async def remove(self, pool: StoragePool) -> None:
        """Take a locked pool away, with all that is known of it."""
        ...

    async def page(self, wanted: PoolFilter, page: PageRequest) -> Page[PoolView]:
        """Return a page of pools by id.

        Raises:
            InvalidField: the page token is not of this list.
        """
        ...

    async def view(self, pool: StoragePool) -> PoolView:
        """Return all that is stored of `pool`."""
        ...

    async def views(self) -> Sequence[PoolView]:
        """Return all that is stored of every pool."""
        ...

    async def assign(self, assignments: Iterable[Assignment]) -> None:
        """Store assignments, and count up the lists of their hosts."""
        ...

    async def unassign(self, pool: StoragePool, nodes: Collection[NodeUid]) -> None:
        """Forget assignments and what these hosts told; count up their lists."""
        ...

    async def rescan(self, pool: PoolUid, node: NodeUid) -> None:
        """Let a host list the files of a pool anew; a no-op if it does not have it."""
        ...

    async def on_node(self, node: NodeUid) -> Sequence[StoragePool]:
        """Return the pools that a host shall have, by id."""
        ...

    async def holding_data(self, node: NodeUid) -> Sequence[str]:
        """Return what keeps a host: its own pools with disks or files in them, in words."""
        ...

    async def forget_node(self, node: NodeUid) -> None:
        """Take all pools from a host that is removed."""
        ...

    async def move_node(self, old: NodeUid, new: NodeUid) -> None:
        """Give what `old` had to the host that takes its place."""
        ...

    async def begin(self, pool: StoragePool, work: PoolWork) -> None:
        """Note an operation on a pool."""
        ...

    async def works(self, pool: PoolUid | None = None) -> Sequence[tuple[PoolUid, PoolWork]]:
        """Return the operations under way, on one pool or on all."""
        ...

    async def end(self, operation: str) -> None:
        """Forget an operation that has ended."""
        ...


class PoolSights(Protocol):
    """What hosts tell of their pools."""

    async def assigned(self, node: NodeUid) -> frozenset[PoolUid]:
        """Return the pools of a host, which stay its own until the transaction ends."""
        ...

    async def sharers(self, pool: PoolUid) -> Sequence[NodeUid]:
        """Return the hosts that shall have a pool."""
        ...

    async def told(self, node: NodeUid) -> HostTold | None:
        """Return the host's newest report, locked against later ones; None before the first."""
        ...

    async def tell(self, node: NodeUid, told: HostTold, at: datetime) -> None:
        """Note a report of the host, which came at `at`."""
        ...

    async def of(self, node: NodeUid) -> Sequence[Sight]:
        """Return what a host told of each pool."""
        ...

    async def put(self, node: NodeUid, sights: Iterable[Sight]) -> None:
        """Store what a host told."""
        ...

    async def put_files(
        self,
        node: NodeUid,
        pool: PoolUid,
        files: Sequence[FoundFile],
        *,
        truncated: bool,
        scan_time: datetime,
    ) -> None:
        """Store the list of a pool's files, in place of the one before."""
        ...

    async def unscanned(self, node: NodeUid) -> bool:
        """Whether the files of a pool that the host can use were never told."""
        ...


class PoolClaims(Protocol):
    """Room that disks hold."""

    async def find(self, owner_uid: str, disk_id: str) -> PoolClaim | None:
        """Return a disk's claim."""
        ...

    async def put(self, claim: PoolClaim) -> PoolClaim:
        """Store a claim, in place of one of the same disk; return it as stored."""
        ...

    async def remove(self, owner_uid: str, disk_id: str) -> frozenset[tuple[PoolUid, NodeUid]]:
        """Give back the room of a disk, "" for all of the owner; return where that was."""
        ...

    async def taken(self, pool: PoolUid, node: NodeUid | None, *, but: tuple[str, str]) -> Taken:
        """Return what disks other than `but` hold of a pool, on one node or anywhere."""
        ...

    async def holders(
        self, pool: PoolUid, nodes: Collection[NodeUid] | None
    ) -> tuple[Sequence[str], int]:
        """Return the first 20 owners of disks in a pool, on these nodes or all, and how many."""
        ...

    async def page(self, owner_uid: str, page: PageRequest) -> Page[PoolClaim]:
        """Return a page of claims by owner and disk, of one owner or all."""
        ...


class PoolFiles(Protocol):
    """Files of pools and disks of hosts, for people."""

    async def page(
        self, pool: StoragePool, nodes: Sequence[NodeUid], *, orphans_only: bool, page: PageRequest
    ) -> Page[ListedFile]:
        """Return a page of what `nodes` found, beside the claims, by node and path."""
        ...

    async def scans(
        self, pool: StoragePool, nodes: Sequence[NodeUid]
    ) -> tuple[Sequence[str], datetime | None]:
        """Return the nodes that did not tell all, and the time of the oldest list."""
        ...

    async def devices(self, node: str, page: PageRequest) -> Page[Device]:
        """Return a page of disks by node and path, of one node or all."""
        ...


class PoolChanges(Protocol):
    """Streams of what happened to pools."""

    def pools(self, *, resume_token: str) -> AsyncIterator[WatchItem[PoolView]]:
        """Stream pools: a snapshot unless there is a token, then every change.

        Raises:
            ResumeExpired: begin again without a token.
        """
        ...


class PoolLists(Protocol):
    """What each host shall have, remembered by this copy: beats need no PostgreSQL."""

    def of(self, uid: str) -> AssignedPools | None:
        """Return the host's list; None if it never had one, or none is known yet."""
        ...
