"""What use cases and loops need from the world."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TypeVar

from qvdc_cluster.domain.claim import Claim
from qvdc_cluster.domain.cluster import (
    Cluster,
    ClusterFilter,
    ClusterUid,
    ClusterView,
    NodeUid,
)
from qvdc_cluster.domain.placement import Host
from qvdc_cluster.domain.projection import Freshness, Machine, Node
from qvdc_cluster.domain.status import StatusState
from qvdc_cluster.domain.storage import PoolNews
from qvdc_cluster.domain.usage import Usage
from qvdc_core.errors import Kind, Refusal
from qvdc_core.event import EventDraft, WatchItem
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey

T = TypeVar("T")


class Clusters(Protocol):
    """Where clusters are kept."""

    async def add(self, cluster: Cluster) -> None:
        """Store a new cluster.

        Raises:
            ClusterNameTaken: its id, or its display name in the project, is used.
        """
        ...

    async def get(self, name: Name) -> Cluster:
        """Read the cluster with this id or uid.

        Raises:
            NotFound: there is none.
        """
        ...

    async def lock(self, name: Name) -> Cluster:
        """As `get`, and keep others from changing it, or taking its capacity, until the end.

        Raises:
            NotFound: there is none.
        """
        ...

    async def page(self, wanted: ClusterFilter, request: PageRequest) -> Page[Cluster]:
        """One page of the clusters that match, by name."""
        ...

    async def save(self, cluster: Cluster) -> Cluster:
        """Store a changed intent; return the cluster with its next generation.

        Raises:
            EtagMismatch: somebody stored another one since it was read.
            ClusterNameTaken: its display name is used in the project.
        """
        ...

    async def announce(self, cluster: Cluster, state: StatusState) -> Cluster | None:
        """Store the status that watchers are told, under a new revision.

        None when another transaction told one since `cluster` was read.
        """
        ...

    async def everything(self) -> Sequence[Cluster]:
        """Read all clusters, by name."""
        ...

    async def remove(self, uid: ClusterUid) -> None:
        """Delete a cluster without nodes."""
        ...

    async def usage(self, uids: Sequence[ClusterUid]) -> Mapping[ClusterUid, Usage]:
        """Compute what these clusters have and use, in one query."""
        ...


class Members(Protocol):
    """Which node belongs to which cluster, and what is placed on it."""

    async def node(self, ref: str) -> Node:
        """Read a node by the id or uid of its name.

        Raises:
            NodesUnknownYet: the node service was not heard yet.
            NodeRemoved: it was removed from the site.
            NotFound: there was never one.
        """
        ...

    async def add(self, cluster: ClusterUid, node: Node) -> str:
        """Make `node` a member unless it is one of any cluster; return the name of its cluster."""
        ...

    async def find(self, cluster: ClusterUid, ref: str) -> Node | None:
        """The member with this id or uid, removed from the site or not."""
        ...

    async def remove(self, cluster: ClusterUid, node: NodeUid) -> None:
        """End a membership."""
        ...

    async def cluster_of(self, node: NodeUid) -> str | None:
        """Name of the cluster that the node belongs to."""
        ...

    async def placed_on(self, node: NodeUid) -> tuple[Sequence[str], int]:
        """Names of the first 20 machines seen or claimed on the node, and how many there are."""
        ...

    async def machines_of(self, cluster: Cluster) -> tuple[Sequence[str], int]:
        """Names of the first 20 machines of a cluster, seen or claimed, and how many there are."""
        ...

    async def page(self, cluster: ClusterUid, request: PageRequest) -> Page[Node]:
        """One page of members, by name."""
        ...

    async def available(self, prefix: str, request: PageRequest) -> Page[Node]:
        """One page of the nodes that belong to no cluster, by name."""
        ...

    async def machines(self, cluster: str, request: PageRequest) -> Page[tuple[Machine, str]]:
        """One page of the machines of cluster `cluster`, by name, each with its node's name."""
        ...


class Placements(Protocol):
    """Capacity that was promised."""

    async def hosts(self, cluster: ClusterUid) -> Sequence[Host]:
        """The members of a cluster with what each has promised, by name."""
        ...

    async def find(self, vm_uid: str) -> Claim | None:
        """The claim of a machine."""
        ...

    async def put(self, claim: Claim) -> None:
        """Store a new claim."""
        ...

    async def release(self, vm_uid: str) -> None:
        """Delete the claim of a machine, if there is one."""
        ...

    async def release_orphans(self, *, older_than: datetime) -> Sequence[str]:
        """Delete claims made before `older_than` for machines nobody knows; name those machines."""
        ...


class Projections(Protocol):
    """What is known of other services' nouns; `noun` is nodes, vms or storage-pools."""

    async def freshness(self, noun: str) -> Freshness:
        """How current the projection is."""
        ...

    async def heard(self, noun: str, resume_token: str) -> None:
        """Note that the owner was heard just now, and where to go on; "" for a new snapshot."""
        ...

    async def put_nodes(self, nodes: Sequence[Node]) -> None:
        """Store these nodes as they are told."""
        ...

    async def keep_only_nodes(self, uids: Sequence[str]) -> None:
        """Mark every other node as removed from the site."""
        ...

    async def remove_node(self, uid: str) -> None:
        """Mark a node as removed from the site."""
        ...

    async def put_machines(self, machines: Sequence[Machine]) -> None:
        """Store these machines as they are told."""
        ...

    async def keep_only_machines(self, uids: Sequence[str]) -> None:
        """Forget every other machine."""
        ...

    async def remove_machine(self, uid: str) -> None:
        """Forget a machine."""
        ...


class StoragePools(Protocol):
    """What is known of storage pools."""

    async def put(self, told: Sequence[PoolNews]) -> None:
        """Store these pools as they are told."""
        ...

    async def keep_only(self, uids: Sequence[str]) -> None:
        """Forget every other pool."""
        ...

    async def remove(self, uid: str) -> None:
        """Forget a pool."""
        ...


class Requests(Protocol):
    """First answers to request ids."""

    async def recall(self, key: RequestKey | None, kind: type[T]) -> T | None:
        """The first answer to `key`; None: this is the first, go on and `remember`."""
        ...

    async def repeated(self, key: RequestKey | None) -> bool:
        """Whether `key` was used before, for empty answers."""
        ...

    async def remember(self, key: RequestKey | None, answer: object) -> None:
        """Keep `answer` for repeats."""
        ...


class Events(Protocol):
    """What happened."""

    async def append(self, *drafts: EventDraft) -> None:
        """Write down in this transaction."""
        ...


class Fences(Protocol):
    """The newest fence seen of each loop."""

    async def check(self, fence: Fence) -> None:
        """Go on only under the newest fence of its loop.

        Raises:
            StaleFence: a newer leader has been here.
        """
        ...


class UnitOfWork(Protocol):
    """One transaction; rolled back unless committed."""

    @property
    def clusters(self) -> Clusters:
        """Clusters."""
        ...

    @property
    def members(self) -> Members:
        """Memberships."""
        ...

    @property
    def placements(self) -> Placements:
        """Capacity claims."""
        ...

    @property
    def storage_pools(self) -> StoragePools:
        """Storage pools on nodes."""
        ...

    @property
    def projections(self) -> Projections:
        """Other services' nouns."""
        ...

    @property
    def requests(self) -> Requests:
        """First answers."""
        ...

    @property
    def events(self) -> Events:
        """What happened."""
        ...

    @property
    def fences(self) -> Fences:
        """Fences of loops."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        """Make it true."""
        ...


class Begin(Protocol):
    """Opens transactions."""

    def __call__(self) -> UnitOfWork:
        """A new transaction, to be entered."""
        ...


class ClusterWatch(Protocol):
    """Streams of clusters."""

    def stream(self, resume_token: str) -> AsyncIterator[WatchItem[ClusterView]]:
        """All clusters, then each change; or on from a token.

        Raises:
            ResumeExpired: the token is too old.
        """
        ...


class OwnerAway(Refusal):
    """The service that owns a projected noun cannot be reached."""

    kind = Kind.UNAVAILABLE
    reason = "OWNER_AWAY"

    def __init__(self, noun: str, why: str) -> None:
        super().__init__(f"The owner of {noun} is away: {why}", noun=noun)


class NodeFeed(Protocol):
    """The node service's Watch."""

    def follow(self, resume_token: str) -> AsyncIterator[WatchItem[Node]]:
        """All nodes, then each change; or on from a token.

        Raises:
            ResumeExpired: begin again without a token.
            OwnerAway: the stream broke; go on later with the last token.
        """
        ...


class MachineFeed(Protocol):
    """The vm service's Watch."""

    def follow(self, resume_token: str) -> AsyncIterator[WatchItem[Machine]]:
        """All machines, then each change; or on from a token.

        Raises:
            ResumeExpired: begin again without a token.
            OwnerAway: the stream broke; go on later with the last token.
        """
        ...
