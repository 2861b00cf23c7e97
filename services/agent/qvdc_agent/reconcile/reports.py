"""Tells the owners what this host has: machines, cached images, plugged ports.

Changes of machines go out within a second of being seen, and an empty report when there was none
for a while; everything goes out at the start, when the owner asks or has another view of it, and
every ten minutes with jitter. A report that fails is tried again with back-off and loses nothing:
what is to be told is kept, not the message. Nothing here delays the host's work.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from qvdc_agent.domain.machine import Digest, MachineUid
from qvdc_agent.domain.observation import state_hash
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.domain.seen import BaseView
from qvdc_agent.ports import (
    CacheOwner,
    Guardian,
    Images,
    MachineOwner,
    MachineStore,
    PluggedPort,
    PortOwner,
    Switch,
)
from qvdc_agent.usecases.observations import Observations
from qvdc_core.errors import Refusal
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

FULL_PERIOD = timedelta(minutes=10)
GATHER = timedelta(milliseconds=200)
"""How long changes are gathered into one report."""
QUIET_PERIOD = timedelta(seconds=10)
"""The longest silence of machines and ports: their owners take news for stale after 45 s."""
LOOK_PERIOD = timedelta(seconds=5)
"""How often the cache and the switch are looked at for changes that no event tells."""
FIRST_RETRY, LAST_RETRY = timedelta(seconds=1), timedelta(seconds=30)
MACHINES_IN_A_REPORT = 4096

_Seen = TypeVar("_Seen")


class Backoff:
    """Pauses that double after each failure, with jitter."""

    def __init__(self) -> None:
        self._failures = 0

    def reset(self) -> None:
        """All is well again."""
        self._failures = 0

    async def pause(self) -> None:
        """Wait after a failure."""
        most = min(LAST_RETRY, FIRST_RETRY * (1 << min(self._failures, 10)))
        self._failures += 1
        await asyncio.sleep(most.total_seconds() * random.uniform(0.5, 1.0))  # noqa: S311 - jitter


class MachineReports:
    """Tells the vm service of machines."""

    def __init__(self, observations: Observations, owner: MachineOwner, guardian: Guardian) -> None:
        self._observations = observations
        self._owner = owner
        self._guardian = guardian
        self._changed: set[MachineUid] = set()
        self._news = asyncio.Event()
        observations.on_change(self._note)

    async def run(self) -> None:
        """Report for ever, beginning with everything once everything was seen."""
        await self._observations.complete()
        backoff = Backoff()
        full_due = self._now()
        while True:
            full = self._now() >= full_due
            try:
                differs = await self._report(full=full)
            except Refusal as refused:
                log.debug("machines.report_failed", reason=refused.reason, why=refused.message)
                await backoff.pause()
                continue
            backoff.reset()
            if full:
                full_due = self._now() + _jittered(FULL_PERIOD)
            elif differs:
                full_due = self._now()
            await self._wait(full_due)

    async def _report(self, *, full: bool) -> bool:
        """Send what is due; say whether the owner's view differs from the host's."""
        told = frozenset(self._changed)
        whole = self._observations.all()
        found = [each for each in whole if full or each.uid in told]
        self._changed.clear()
        try:
            answer = await self._owner.report(
                self._guardian.standing(), found[:MACHINES_IN_A_REPORT], full=full
            )
        except BaseException:
            self._changed |= told
            raise
        own = state_hash(whole)
        return answer.full_wanted or (answer.state_hash != "" and answer.state_hash != own)

    async def _wait(self, full_due: float) -> None:
        """Wait for news, for the time of the next full report, or for the end of the silence."""
        quiet = min(QUIET_PERIOD.total_seconds(), max(0.0, full_due - self._now()))
        try:
            async with asyncio.timeout(quiet):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()
        await asyncio.sleep(GATHER.total_seconds())

    def _note(self, uid: MachineUid) -> None:
        self._changed.add(uid)
        self._news.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


class CacheReports:
    """Tells the image service which images this host holds."""

    def __init__(
        self, images: Images, store: MachineStore, owner: CacheOwner, guardian: Guardian
    ) -> None:
        self._images = images
        self._store = store
        self._owner = owner
        self._guardian = guardian

    async def run(self) -> None:
        """Report for ever: when something changed, and every ten minutes."""
        await _tell_changes(self._look, self._tell, repeat=FULL_PERIOD)

    async def _look(self) -> tuple[Sequence[BaseView], dict[Digest, int]]:
        pins = Counter(
            base.digest
            for record in await self._store.list()
            if record.wanted is not None and not record.wanted.absent
            for base in record.wanted.bases
        )
        return self._images.views(), dict(pins)

    async def _tell(self, seen: tuple[Sequence[BaseView], dict[Digest, int]]) -> None:
        views, pins = seen
        await self._owner.report(self._guardian.standing(), views, pins)


class PortReports:
    """Tells the network service which ports are plugged."""

    def __init__(self, switch: Switch, owner: PortOwner, guardian: Guardian) -> None:
        self._switch = switch
        self._owner = owner
        self._guardian = guardian

    async def run(self) -> None:
        """Report for ever: when something changed, and every few seconds without."""
        await _tell_changes(self._look, self._tell, repeat=QUIET_PERIOD)

    async def _look(self) -> tuple[str, Sequence[PluggedPort], str]:
        try:
            ports = sorted(await self._switch.ports(), key=lambda port: port.port_uid)
            return await self._switch.chassis(), ports, ""
        except StepRefused as refused:
            return "", (), refused.message

    async def _tell(self, seen: tuple[str, Sequence[PluggedPort], str]) -> None:
        chassis, ports, error = seen
        node_uid = self._guardian.standing().node_uid
        await self._owner.report(self._guardian.standing(), chassis or node_uid, ports, error)


async def _tell_changes(
    look: Callable[[], Awaitable[_Seen]],
    tell: Callable[[_Seen], Awaitable[None]],
    *,
    repeat: timedelta,
) -> None:
    """Look every few seconds; tell what differs from what was told, and all again at `repeat`."""
    clock = asyncio.get_running_loop().time
    told: _Seen | None = None
    full_due, backoff = clock(), Backoff()
    while True:
        seen = await look()
        if seen != told or clock() >= full_due:
            try:
                await tell(seen)
            except Refusal as refused:
                log.debug("report.failed", reason=refused.reason, why=refused.message)
                await backoff.pause()
                continue
            backoff.reset()
            told, full_due = seen, clock() + _jittered(repeat)
        await asyncio.sleep(LOOK_PERIOD.total_seconds())


def _jittered(period: timedelta) -> float:
    """About `period`, in seconds, so that hosts do not all report at once."""
    return period.total_seconds() * random.uniform(0.9, 1.1)  # noqa: S311 - jitter, not a secret
