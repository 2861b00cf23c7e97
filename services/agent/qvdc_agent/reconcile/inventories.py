"""Tells the image service which images this host holds, and the network service which ports.

Both are told whole, and at once when something changed; between changes a short report stands for
the last whole one by its hash. Whole again when the owner asks (its hash is another one, or it
began anew) and at least every ten minutes with jitter. A report that fails is tried again with
back-off. Nothing here delays the host's work.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

from qvdc_agent.domain.counting import ChangeCounts, Thing
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.domain.seen import BaseView
from qvdc_agent.ports import (
    CachedImage,
    CacheOwner,
    Guardian,
    Images,
    MachineStore,
    OwnerAnswer,
    PluggedPort,
    PortOwner,
    Standpoint,
    Switch,
    SwitchView,
)
from qvdc_agent.reconcile.reports import FULL_PERIOD, QUIET_PERIOD, Backoff, shortened
from qvdc_core.clock import Clock
from qvdc_core.errors import Refusal
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

LOOK_PERIOD = timedelta(seconds=5)
"""How often the cache and the switch are looked at for changes that no event tells."""
GATHER = timedelta(milliseconds=200)
"""How long after an event they are looked at: what it brings about is then there."""

_Seen = TypeVar("_Seen")


class Telling(Generic[_Seen]):
    """Looks, and tells what differs from what was told.

    Args:
        tell: reports what was seen; with True, only that it did not change.
    """

    def __init__(
        self,
        look: Callable[[], Awaitable[_Seen]],
        tell: Callable[[_Seen, bool], Awaitable[OwnerAnswer]],
    ) -> None:
        self._look = look
        self._tell = tell
        self._told: _Seen | None = None
        self._whole_due = self._short_due = 0.0
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Look soon: something happened that may have changed it."""
        self._nudged.set()

    async def run(self) -> None:
        """Report for ever."""
        backoff = Backoff()
        while True:
            try:
                again = await self._turn(asyncio.get_running_loop().time())
            except Refusal as refused:
                log.debug("report.failed", reason=refused.reason, why=refused.message)
                await backoff.pause()
                continue
            backoff.reset()
            if not again:
                await self._wait()

    async def _turn(self, now: float) -> bool:
        """Look, and tell what is due; say whether everything is due at once."""
        seen = await self._look()
        whole = seen != self._told or now >= self._whole_due
        if not whole and now < self._short_due:
            return False
        answer = await self._tell(seen, not whole)
        if answer.differences:
            log.info("report.differs", differences=answer.differences)
        self._short_due = now + shortened(QUIET_PERIOD)
        if whole:
            self._told, self._whole_due = seen, now + shortened(FULL_PERIOD)
            return False
        if answer.full_wanted:
            self._whole_due = now
        return answer.full_wanted

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_PERIOD.total_seconds()):
                await self._nudged.wait()
        except TimeoutError:
            return
        await asyncio.sleep(GATHER.total_seconds())
        self._nudged.clear()


class CacheReports:
    """Tells the image service which images this host holds."""

    def __init__(
        self,
        images: Images,
        store: MachineStore,
        owner: CacheOwner,
        guardian: Guardian,
        clock: Clock,
    ) -> None:
        self._images = images
        self._store = store
        self._owner = owner
        self._guardian = guardian
        self._clock = clock
        self._counts = ChangeCounts()
        self._telling = Telling(self._look, self._tell)

    async def run(self) -> None:
        """Report for ever."""
        await self._telling.run()

    def nudge(self) -> None:
        """Look at the cache soon."""
        self._telling.nudge()

    async def _look(self) -> tuple[tuple[BaseView, int], ...]:
        pins = Counter(
            base.digest
            for record in await self._store.list()
            if record.wanted is not None and not record.wanted.absent
            for base in record.wanted.bases
        )
        # An image may lie in several pools: it is told once, as READY if it is in any.
        told = {view.digest: view for view in self._images.views() if view.told}
        ready = {each.digest: each for each in self._images.views() if each.ready}
        views = sorted((told | ready).values(), key=lambda view: view.digest)
        return tuple((view, pins[view.digest]) for view in views)

    async def _tell(self, seen: tuple[tuple[BaseView, int], ...], unchanged: bool) -> OwnerAnswer:
        looked = self._clock.now()
        counted: dict[str, Thing] = {
            view.digest: Thing(view.state.told, (pins, view.reason, view.message))
            for view, pins in seen
        }
        self._counts.take(counted)
        images = [CachedImage(view, pins, self._counts.of(view.digest)) for view, pins in seen]
        stand = Standpoint(unchanged, self._counts.hash(), self._counts.total, looked)
        standing = self._guardian.standing()
        return await self._owner.report(standing, () if unchanged else images, stand)


class PortReports:
    """Tells the network service which ports are plugged."""

    def __init__(self, switch: Switch, owner: PortOwner, guardian: Guardian, clock: Clock) -> None:
        self._switch = switch
        self._owner = owner
        self._guardian = guardian
        self._clock = clock
        self._counts = ChangeCounts()
        self._telling = Telling(self._look, self._tell)

    async def run(self) -> None:
        """Report for ever."""
        await self._telling.run()

    def nudge(self) -> None:
        """Look at the switch soon."""
        self._telling.nudge()

    async def _look(self) -> tuple[str, tuple[PluggedPort, ...], str]:
        try:
            ports = sorted(await self._switch.ports(), key=lambda port: port.port_uid)
            return await self._switch.chassis(), tuple(ports), ""
        except StepRefused as refused:
            return "", (), refused.message

    async def _tell(
        self, seen: tuple[str, tuple[PluggedPort, ...], str], unchanged: bool
    ) -> OwnerAnswer:
        looked = self._clock.now()
        chassis, ports, error = seen
        standing = self._guardian.standing()
        if error:
            # What cannot be seen is not taken for gone: the last whole report stands.
            blind = Standpoint(
                unchanged=True, state_hash="", change_count=self._counts.total, observed=looked
            )
            view = SwitchView(chassis or standing.node_uid, (), error)
            return await self._owner.report(standing, view, blind)
        self._counts.take({each.port_uid: _thing(each) for each in ports})
        named = tuple((each, self._counts.of(each.port_uid)) for each in ports)
        view = SwitchView(chassis or standing.node_uid, () if unchanged else named)
        stand = Standpoint(unchanged, self._counts.hash(), self._counts.total, looked)
        return await self._owner.report(standing, view, stand)


def _thing(port: PluggedPort) -> Thing:
    link = {True: "UP", False: "DOWN", None: "UNKNOWN"}[port.link_up]
    return Thing(link, (port.interface,))
