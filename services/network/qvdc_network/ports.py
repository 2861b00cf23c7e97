"""What the use cases and loops need from the world."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from types import TracebackType
from typing import Protocol, Self, TypeVar

from qvdc_core.event import EventDraft, WatchItem
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_network.domain.network import Network, NetworkFilter, NetworkObservation
from qvdc_network.domain.ovn_plan import Step
from qvdc_network.domain.ovn_rows import NbRow
from qvdc_network.domain.port import (
    Binding,
    HeldAddress,
    Plug,
    PluggedPort,
    Port,
    PortFilter,
    PortObservation,
)
from qvdc_network.domain.report import HostReport

T = TypeVar("T")


class NetworkStore(Protocol):
    """The networks, in one transaction."""

    async def get(self, name: Name, *, locked: bool = False) -> Network:
        """Read a network by id or uid; `locked` keeps others from changing it until the end.

        Raises:
            NotFound: there is none.
        """
        ...

    async def add(self, network: Network) -> Network:
        """Store a new network.

        Raises:
            NameTaken: another has its id.
        """
        ...

    async def save(self, network: Network) -> Network:
        """Store changed intent; the answer has the next generation and revision.

        Raises:
            EtagMismatch: a newer generation is stored.
        """
        ...

    async def mark_deleted(self, network: Network, *, now: datetime, by: str) -> Network:
        """Write down that its removal is wanted."""
        ...

    async def page(
        self, wanted: NetworkFilter, request: PageRequest, *, now: datetime
    ) -> Page[Network]:
        """One page of the networks that match, by id."""
        ...

    async def overlapping(self, network: Network) -> Sequence[Network]:
        """Other networks whose range overlaps, at most 20, by id."""
        ...

    async def everything(self) -> Sequence[Network]:
        """All networks, by id, for the loop."""
        ...

    async def stamp(self) -> int:
        """The newest told change of this service; another number means that something changed."""
        ...

    async def observe(self, uid: str, seen: NetworkObservation) -> Network | None:
        """Write what the loop saw; None when the network is gone."""
        ...

    async def confirm(self, uids: Sequence[str], time: datetime) -> None:
        """Write that these stand as last observed, without anybody being told."""
        ...

    async def remove(self, uid: str) -> None:
        """Forget a network whose rows are gone."""
        ...


class PortStore(Protocol):
    """The ports and their addresses, in one transaction."""

    async def get(self, name: Name, *, locked: bool = False) -> Port:
        """Read a port by id or uid.

        Raises:
            NotFound: there is none.
        """
        ...

    async def find(self, port_id: str) -> Port | None:
        """Read a port by id; None for none."""
        ...

    async def add(self, port: Port) -> Port:
        """Store a new port with its addresses.

        Raises:
            NameTaken, AddressInUse, MacInUse: another port has its id, an address, its mac.
        """
        ...

    async def remove(self, uid: str) -> None:
        """Forget a port; its addresses are free."""
        ...

    async def page(self, wanted: PortFilter, request: PageRequest) -> Page[Port]:
        """One page of the ports that match, by id."""
        ...

    async def of_network(self, network_uid: str, *, limit: int) -> Sequence[Port]:
        """The first ports of a network, by id."""
        ...

    async def held(self, network_uid: str) -> Mapping[IPv4Address, str]:
        """All held addresses of a network with the names of their ports."""
        ...

    async def addresses(self, network_uid: str, request: PageRequest) -> Page[HeldAddress]:
        """One page of the held addresses, ascending."""
        ...

    async def mac_holder(self, mac: str) -> str | None:
        """Name of the port that has `mac`."""
        ...

    async def everything(self) -> Sequence[Port]:
        """All ports, for the loop."""
        ...

    async def observe(self, seen: Mapping[str, PortObservation]) -> Sequence[Port]:
        """Write what the loop saw, by port uid; the ports as they are then, without those gone."""
        ...

    async def confirm(self, uids: Sequence[str], time: datetime) -> None:
        """Write that these stand as last observed, without anybody being told."""
        ...


class ReportStore(Protocol):
    """What hosts said of their ports, in one transaction."""

    async def note(self, report: HostReport, now: datetime) -> bool:
        """Note that a host told something; False, and nothing noted, if it is late news."""
        ...

    async def of_host(self, node_uid: str) -> Sequence[PluggedPort]:
        """What a host said to have plugged."""
        ...

    async def known(self, uids: Collection[str]) -> frozenset[str]:
        """Those of these ports that there are."""
        ...

    async def elsewhere(
        self, node_uid: str, uids: Collection[str], *, since: datetime
    ) -> frozenset[str]:
        """Those of these ports that another host has plugged, heard of since then."""
        ...

    async def replace(
        self,
        node_uid: str,
        told: Mapping[str, PluggedPort],
        stored: Mapping[str, PluggedPort],
    ) -> bool:
        """Store `told` in place of `stored`; whether they differ."""
        ...

    async def plugs(self) -> Mapping[str, Sequence[Plug]]:
        """What hosts said, by port uid."""
        ...


class EventWriter(Protocol):
    """The outbox, in one transaction."""

    async def append(self, *drafts: EventDraft) -> None:
        """Write events down."""
        ...


class RequestBook(Protocol):
    """Remembered answers, in one transaction."""

    async def recall(self, key: RequestKey | None, kind: type[T]) -> T | None:
        """The first answer to `key`, if it is not the first time.

        Raises:
            IdempotencyKeyReused: it came with another request.
        """
        ...

    async def repeated(self, key: RequestKey | None) -> bool:
        """Whether `key` was used before; for empty answers."""
        ...

    async def remember(self, key: RequestKey | None, answer: object) -> None:
        """Keep the first answer."""
        ...


class FenceBook(Protocol):
    """The newest fence of each loop, in one transaction."""

    async def check(self, fence: Fence) -> None:
        """Go on only under the newest fence.

        Raises:
            StaleFence: a newer leader has been here.
        """
        ...


class Work(Protocol):
    """One transaction; rolled back unless committed."""

    @property
    def networks(self) -> NetworkStore:
        """Networks."""
        ...

    @property
    def ports(self) -> PortStore:
        """Ports and addresses."""
        ...

    @property
    def reports(self) -> ReportStore:
        """Reports of hosts."""
        ...

    @property
    def events(self) -> EventWriter:
        """The outbox."""
        ...

    @property
    def requests(self) -> RequestBook:
        """Remembered answers."""
        ...

    @property
    def fences(self) -> FenceBook:
        """Fences."""
        ...

    async def commit(self) -> None:
        """Make it true."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class UnitOfWork(Protocol):
    """Opens transactions."""

    def __call__(self) -> Work:
        """A new transaction."""
        ...


class Streams(Protocol):
    """Watch streams."""

    def networks(self, *, resume_token: str) -> AsyncIterator[WatchItem[Network]]:
        """All networks, then each change."""
        ...

    def ports(self, *, resume_token: str) -> AsyncIterator[WatchItem[Port]]:
        """All ports, then each change."""
        ...


@dataclass(frozen=True, slots=True)
class OvnView:
    """What OVN holds of ours.

    Args:
        bindings: by port uid, from the southbound database.
        processed: northd has worked through everything written to the northbound database.
    """

    rows: tuple[NbRow, ...]
    bindings: Mapping[str, Binding]
    processed: bool


class Ovn(Protocol):
    """OVN's databases. Every method has a deadline of its own."""

    async def look(self) -> OvnView:
        """Read what OVN holds of ours.

        Raises:
            OvnUnavailable: a database does not answer.
        """
        ...

    async def apply(self, steps: Sequence[Step], *, fence: Fence) -> None:
        """Take `steps` in one transaction, guarded by `fence`; safe to repeat.

        Raises:
            StaleFence: a newer leader wrote its fence; nothing was changed.
            OvnRefused: OVN refused the rows; nothing was changed.
            OvnUnavailable: no answer; whether it was done is unknown.
        """
        ...

    async def processed(self, *, within: timedelta) -> bool:
        """Wait until northd has worked through everything written; False if it has not."""
        ...
