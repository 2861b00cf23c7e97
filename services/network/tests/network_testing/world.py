"""The loop between a real PostgreSQL, a real etcd and a real OVN."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from qvdc_coord.client import Etcd
from qvdc_coord.leadership import Leadership
from qvdc_coord.lease import Leases
from qvdc_core.clock import SystemClock
from qvdc_core.event import Event, EventFilter, WatchItem
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_network.adapters.ovn import OvnDatabases
from qvdc_network.domain.network import Network, NetworkPhase
from qvdc_network.domain.port import Port, PortDraft, PortStatus
from qvdc_network.reconcile.bell import wake_on
from qvdc_network.reconcile.ovn import LOOP, OvnReconciler
from tests.network_testing.builders import a_draft
from tests.network_testing.ovn import OvnCentral
from tests.network_testing.stores import VM, Site

WITHIN_SECONDS = 30
T = TypeVar("T")
BeforeEffect = Callable[[Fence], Awaitable[None]]


@dataclass
class Gauge:
    """Shows what it was last set to."""

    value: float = -1

    def set(self, value: float) -> None:
        """Show `value`."""
        self.value = value


class ShiftedClock(SystemClock):
    """This machine's clock, moved forward by the test."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def advance(self, by: timedelta) -> None:
        """Move it forward."""
        self._ahead += by

    def now(self) -> datetime:
        return super().now() + self._ahead

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead.total_seconds()


@dataclass
class Copy:
    """One copy of the loop."""

    leadership: Leadership
    reconciler: OvnReconciler
    connected: Gauge
    ovn: OvnDatabases
    clock: ShiftedClock


@dataclass
class World:
    """A site with copies of the loop on it."""

    site: Site
    central: OvnCentral
    etcd: Etcd
    stack: AsyncExitStack
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def copy(self, before_effect: BeforeEffect | None = None) -> Copy:
        """Another copy, that does not run yet."""
        leases = await self.stack.enter_async_context(Leases(self.etcd))
        leadership = Leadership(
            self.etcd, leases, LOOP, site_term=_first_term, instance="x",
            before_effect=before_effect,
        )  # fmt: skip
        ovn = OvnDatabases(nb_remote=self.central.nb, sb_remote=self.central.sb)
        self.stack.push_async_callback(ovn.close)
        gauge, clock = Gauge(), ShiftedClock()
        reconciler = OvnReconciler(
            leadership,
            unit_of_work=self.site.unit_of_work,
            ovn=ovn,
            clock=clock,
            stale_after=timedelta(seconds=45),
            connected=gauge,
        )
        ovn.on_stir(reconciler.wake)
        return Copy(leadership, reconciler, gauge, ovn, clock)

    async def run(self) -> Copy:
        """A copy that runs."""
        copy = await self.copy()
        self.tasks.append(asyncio.create_task(copy.reconciler.run()))
        self.tasks.append(asyncio.create_task(wake_on(self.site.store.wakeups, copy.reconciler)))
        return copy

    async def network(self, network_id: str = "blue", **values: Any) -> Network:
        """A stored network."""
        planned = await self.site.networks.create(
            a_draft(**values), network_id=network_id, key=None, actor=VM, validate_only=False
        )
        return planned.network

    async def port(self, port_id: str = "p1", **values: Any) -> Port:
        """A stored port on blue."""
        draft = PortDraft(network="networks/blue", **values)
        return await self.site.ports.create(
            draft, port_id=port_id, key=None, actor=VM, validate_only=False
        )

    async def until_network(
        self, phase: NetworkPhase, message: str = "", network_id: str = "blue"
    ) -> Network:
        """Wait until a network is in `phase` with `message` in its words."""

        def is_so(network: Network) -> bool:
            now, why = network.phase(network.update_time)
            return network.id == network_id and now is phase and message in why

        return await _until(self.site.networks.watch(resume_token=""), is_so)

    async def until_port(self, status: PortStatus, port_id: str = "p1") -> Port:
        """Wait until a port stands so."""
        return await _until(
            self.site.ports.watch(resume_token=""),
            lambda port: port.id == port_id and port.observed.status is status,
        )

    async def until_gone(self, network_id: str = "blue") -> None:
        """Wait until a network is forgotten."""
        async with asyncio.timeout(WITHIN_SECONDS):
            async with aclosing(self.site.networks.watch(resume_token="")) as stream:  # type: ignore[type-var] # it is a generator
                async for item in stream:
                    if item.name == f"networks/{network_id}":
                        return

    async def told(self, kind: str) -> list[Event]:
        """Events of a kind, newest first."""
        async with self.site.unit_of_work() as work:
            page = await work.events.page(EventFilter(kinds=(kind,)), PageRequest())
        return list(page.items)

    async def read(self, network_id: str = "blue") -> Network:
        """A network as it is stored."""
        return await self.site.networks.get(Name("networks", network_id))


async def _until(stream: AsyncIterator[WatchItem[T]], is_so: Callable[[T], bool]) -> T:
    async with asyncio.timeout(WITHIN_SECONDS), aclosing(stream) as items:  # type: ignore[type-var] # it is a generator
        async for item in items:
            if item.value is not None and is_so(item.value):
                return item.value
    raise AssertionError("the stream ended")


async def _first_term() -> int:
    return 1
