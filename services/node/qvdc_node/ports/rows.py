"""What is stored, in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TypeVar

from qvdc_core.event import EventDraft
from qvdc_core.fence import Fence
from qvdc_core.operation import Operation, OperationFailure
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_node.domain.join_token import JoinToken, Spent
from qvdc_node.domain.node import Intent, Node, NodeFilter, NodeUid, Standing, Tombstone
from qvdc_node.domain.placement import Placed
from qvdc_node.domain.registration import Certificate, Registered, Registration
from qvdc_node.ports.hosts import Pairings, PowerActions
from qvdc_node.ports.membership import ClusterTerms, FenceIntents, MemberSets
from qvdc_node.ports.pools import PoolClaims, PoolFiles, Pools, PoolSights

T = TypeVar("T")


class Nodes(Protocol):
    """The nodes' rows, in one transaction."""

    async def get(self, name: str) -> Node:
        """Return the node of `name`, whose last segment is an id or a uid.

        Raises:
            NotFound: there is none.
        """

    async def lock(self, uid: NodeUid) -> Node | None:
        """Return the node of `uid`, which nobody else changes until the transaction ends."""

    async def standings(self, uids: Collection[NodeUid] | None = None) -> Sequence[Standing]:
        """Return what the phases of all nodes, or of these, follow from."""

    async def some(self, uids: Collection[NodeUid]) -> Sequence[Node]:
        """Return the nodes of these uids that exist."""

    async def named(self, names: Collection[str]) -> Sequence[Node]:
        """Return the nodes of these names that exist."""

    async def save_intent(self, node: Node, *, actor: str) -> Node:
        """Store the intent of `node` unless a newer generation is stored; return it as stored.

        Raises:
            EtagMismatch: somebody was faster.
        """

    async def save_drain(self, node: Node) -> Node:
        """Store how emptying `node`, which is locked, goes; return it as stored."""

    async def drained(self) -> Sequence[NodeUid]:
        """Return the uids of the nodes that are being emptied."""

    async def save_eviction(self, node: Node) -> Node:
        """Store what taints ask to leave `node`, which is locked, and its marks."""

    async def evicting(self) -> Sequence[NodeUid]:
        """Return the uids of the nodes with a NO_EXECUTE taint, or that had one."""

    async def joining(self) -> Sequence[NodeUid]:
        """Return the uids of the nodes that shall enter a cluster."""

    async def save_observed(self, node: Node) -> Node:
        """Store observed and computed fields of `node`, which is locked; return it as stored."""

    async def save_marks(self, node: Node) -> Node:
        """Store what the service says of `node`, which is locked; return it as stored."""

    async def like(self, fingerprint: str, *, but: NodeUid) -> Sequence[Node]:
        """Return the nodes on this hardware, the last seen first, without `but`."""

    async def adopt(self, host: Node, old: Node, *, actor: str) -> Node:
        """Make the row of `host` what people want of `old`, whose row goes; both are locked."""

    async def register(
        self,
        registration: Registration,
        *,
        intent: Intent,
        floor_epoch: int,
        certificate: Certificate | None,
        now: datetime,
    ) -> Registered:
        """Create or update the node of the host in one statement, observed fields only.

        Args:
            intent: of a new node.
            floor_epoch: the least session epoch to give.

        Raises:
            StaleInstance: the stored instance of the same boot is higher.
        """

    async def remove(self, node: Node) -> None:
        """Take the node away; its tombstone is stored apart."""

    async def want_inventory(self, node: Node) -> Node:
        """Note that the whole inventory of `node` is asked for; return it as stored."""

    async def page(self, wanted: NodeFilter, page: PageRequest) -> Page[Node]:
        """Return a page of nodes by id.

        Raises:
            InvalidField: the page token is not of this list.
        """

    async def assign_cluster(self, members: Mapping[str, str]) -> Sequence[Node]:
        """Make node name -> cluster name hold, "" for all others; return the nodes changed."""


class Tombstones(Protocol):
    """What is remembered of removed hosts, in one transaction."""

    async def put(self, stone: Tombstone) -> None:
        """Store `stone`, in place of one of the same host."""

    async def find(self, uid: str) -> Tombstone | None:
        """Return what is remembered of a removed host."""

    async def get(self, name: str) -> Tombstone:
        """Return the tombstone of `name`.

        Raises:
            NotFound: there is none.
        """

    async def page(self, query: str, page: PageRequest) -> Page[Tombstone]:
        """Return a page of tombstones by machine uuid."""

    async def readmit(self, stone: Tombstone) -> None:
        """Let the host come back."""

    async def remove(self, uid: str) -> None:
        """Forget that the host was removed; a no-op if it was not."""

    async def standing(self) -> Sequence[str]:
        """Return the uids of the hosts that were removed and not let in again."""
        ...

    async def throw_away(self, before: datetime) -> None:
        """Forget hosts that were removed before then."""


class JoinTokens(Protocol):
    """The tokens' rows, in one transaction."""

    async def add(self, token: JoinToken) -> None:
        """Store a new token.

        Raises:
            TokenNameTaken: its id is taken.
        """

    async def get(self, name: str) -> JoinToken:
        """Return the token of `name`.

        Raises:
            NotFound: there is none.
        """

    async def page(
        self,
        *,
        name_prefix: str,
        labels: tuple[tuple[str, str], ...],
        query: str,
        page: PageRequest,
    ) -> Page[JoinToken]:
        """Return a page of tokens by id."""

    async def remove(self, token: JoinToken) -> None:
        """Forget `token`."""

    async def find(self, secret_hash: str) -> JoinToken | None:
        """Return the token with this secret."""

    async def spend(self, secret_hash: str, uid: NodeUid, *, now: datetime) -> Spent:
        """Count a use of the token by the host, once however often it is repeated.

        Raises:
            TokenInvalid, TokenExpired, TokenExhausted: it does not admit the host.
        """


class Placements(Protocol):
    """Which machine is on which node, in one transaction; a projection."""

    async def replace_all(self, placed: Sequence[Placed]) -> None:
        """Make `placed` all there is."""

    async def put(self, placed: Placed) -> None:
        """Note where a machine is; an empty `node` is nowhere."""

    async def blocking(self, node: str) -> tuple[tuple[Placed, ...], int]:
        """Return the first 20 machines on `node` that are not at rest, by name, and how many."""

    async def on(self, node: str) -> tuple[tuple[str, ...], int]:
        """Return the first 20 machines on `node`, by name, and how many there are."""


class Operations(Protocol):
    """Long work, in one transaction."""

    async def start(
        self,
        verb: str,
        *,
        target: str,
        target_uid: str,
        requester: str,
        cancellable: bool = False,
        stage: str = "",
    ) -> Operation:
        """Write down work that is wanted."""

    async def get(self, operation_id: str) -> Operation:
        """Return one operation.

        Raises:
            NotFound: there is none.
        """

    async def advance(
        self, operation_id: str, *, stage: str | None = None, message: str | None = None
    ) -> Operation:
        """Beat, and say how far the work is."""

    async def succeed(self, operation_id: str) -> Operation:
        """End the work well."""

    async def fail(self, operation_id: str, failure: OperationFailure) -> Operation:
        """End the work badly."""

    async def cancelled(self, operation_id: str) -> Operation:
        """End the work as was asked for."""


class Requests(Protocol):
    """First answers to request ids, in the transaction of their effect."""

    async def recall(self, key: RequestKey | None, kind: type[T]) -> T | None:
        """Return the first answer to `key`; None means: go on and `remember`."""

    async def repeated(self, key: RequestKey | None) -> bool:
        """Whether `key` was used before, for mutations whose answer is empty."""

    async def remember(self, key: RequestKey | None, answer: object) -> None:
        """Keep `answer` for repeats of `key`."""


class Events(Protocol):
    """The outbox, in one transaction."""

    async def append(self, *drafts: EventDraft) -> None:
        """Write `drafts` down."""


class Fences(Protocol):
    """The newest fence of each loop."""

    async def check(self, fence: Fence) -> None:
        """Go on only under the newest fence.

        Raises:
            StaleFence: a newer leader has been here.
        """


class UnitOfWork(Protocol):
    """One transaction, rolled back unless committed."""

    @property
    def nodes(self) -> Nodes: ...
    @property
    def tombstones(self) -> Tombstones: ...
    @property
    def join_tokens(self) -> JoinTokens: ...
    @property
    def placements(self) -> Placements: ...
    @property
    def member_sets(self) -> MemberSets: ...
    @property
    def pools(self) -> Pools: ...
    @property
    def pool_sights(self) -> PoolSights: ...
    @property
    def pool_claims(self) -> PoolClaims: ...
    @property
    def pool_files(self) -> PoolFiles: ...
    @property
    def power_actions(self) -> PowerActions: ...
    @property
    def cluster_terms(self) -> ClusterTerms: ...
    @property
    def fence_intents(self) -> FenceIntents: ...
    @property
    def pairings(self) -> Pairings: ...
    @property
    def operations(self) -> Operations: ...
    @property
    def requests(self) -> Requests: ...
    @property
    def events(self) -> Events: ...
    @property
    def fences(self) -> Fences: ...

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        """Make everything done so far true."""


class UnitsOfWork(Protocol):
    """Opens transactions."""

    def __call__(self) -> UnitOfWork: ...
