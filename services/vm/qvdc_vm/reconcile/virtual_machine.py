"""The machine loop: brings every machine to what is wanted of it.

Acts while this copy leads `vm-machines`, on machines that have an operation, that their host
holds an older wanted state of, that are doubtful on a host that lives again, or that were deleted
a minute ago. It does not act on a machine at rest: a guest that stopped by itself stays stopped,
one that somebody started by hand on its host stays started, a lost one is not made again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Protocol

from qvdc_coord.errors import LeadershipLost
from qvdc_core.clock import Clock
from qvdc_core.errors import StaleFence, StoreUnavailable
from qvdc_core.fence import Fence
from qvdc_obs.logs import bound, get_logger
from qvdc_vm.domain import plan
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.ports import Bell, Transactions

LOOP = "vm-machines"
LOOK_EVERY = timedelta(seconds=2)
"""How often it looks by itself; a stored change wakes it at once."""
GATHER = timedelta(milliseconds=20)
"""How long stored changes are gathered into one look."""
BATCH = 1000
"""Machines at work that one look finds."""
AT_ONCE = 32
"""Machines that take a step at the same time."""
AT_ONCE_PER_HOST = 4
"""Of these, machines of one host: a slow host keeps no more than so many waiting (GEN-20)."""
STEPS_AT_ONCE = 32
"""Steps that one machine takes before others have their turn."""
REST_AFTER_FAILURE = timedelta(seconds=30)
"""A machine whose step met a bug must not keep the others from theirs."""
ANY_REVISION = -1

log = get_logger(__name__)


class Leader(Protocol):
    """A loop's leadership."""

    async def run(self, turn: Callable[[Fence], Awaitable[None]], *, every: timedelta) -> None:
        """Call `turn` while leading, cancel it when leadership is lost."""
        ...


class Steps(Protocol):
    """Takes single steps of a machine."""

    async def take(self, uid: MachineUid, fence: Fence) -> plan.Step:
        """Take the next step and return it."""
        ...


class MachineReconciler:
    """Level-triggered: every look compares afresh, so a lost wake-up delays and loses nothing.

    Each machine is worked on by itself: a host that does not answer holds up its own machines
    for a call's deadline, and nobody else's.
    """

    def __init__(
        self,
        leader: Leader,
        steps: Steps,
        transactions: Transactions,
        bell: Bell,
        *,
        clock: Clock,
    ) -> None:
        self._leader = leader
        self._steps = steps
        self._transactions = transactions
        self._bell = bell
        self._clock = clock

    async def run(self) -> None:
        """Work while leading; never ends."""
        await self._leader.run(self.turn, every=LOOK_EVERY)

    async def turn(self, fence: Fence) -> None:
        """Work under `fence` until cancelled, or until something makes it stop.

        Raises:
            LeadershipLost, StaleFence: somebody else leads.
            StoreUnavailable: PostgreSQL is away.
        """
        pass_ = _Flights(self._steps, fence)
        try:
            while True:
                rung = self._bell.count
                for uid, host in await self._due(pass_):
                    pass_.start(uid, host)
                if await self._bell.past(rung, within=LOOK_EVERY.total_seconds()):
                    await asyncio.sleep(GATHER.total_seconds())
                pass_.raise_failure()
        finally:
            await pass_.cancel()

    async def settle(self, uid: MachineUid, fence: Fence) -> plan.Step:
        """Take steps of one machine until it waits or rests, at most 32; return the last."""
        return await _settle(self._steps, uid, fence)

    async def _due(self, flights: "_Flights") -> list[tuple[MachineUid, HostUid | None]]:
        async with self._transactions() as work:
            unsettled = await work.machines.unsettled(now=self._clock.now(), limit=BATCH)
        return [
            (each.uid, each.node_uid) for each in unsettled if flights.free(each.uid, each.revision)
        ]


class _Flights:
    """The machines that are being worked on, and those that wait a little."""

    def __init__(self, steps: Steps, fence: Fence) -> None:
        self._steps = steps
        self._fence = fence
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._per_host: dict[HostUid, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(AT_ONCE_PER_HOST)
        )
        self._flying: dict[MachineUid, asyncio.Task[None]] = {}
        self._parked: dict[MachineUid, tuple[int, float]] = {}
        self._failure: BaseException | None = None

    def free(self, uid: MachineUid, revision: int) -> bool:
        """Whether a machine may be worked on: nobody does, and it is new or has waited."""
        if uid in self._flying:
            return False
        known, until = self._parked.get(uid, (0, 0.0))
        now = _time()
        if now < until and known in (revision, ANY_REVISION):
            return False
        self._parked = {each: park for each, park in self._parked.items() if park[1] > now}
        self._parked[uid] = (revision, now + LOOK_EVERY.total_seconds())
        return True

    def start(self, uid: MachineUid, host: HostUid | None) -> None:
        """Work on a machine of `host` in a task of its own."""
        task = asyncio.create_task(self._fly(uid, host), name=f"machine:{uid}")
        self._flying[uid] = task
        task.add_done_callback(lambda done: self._landed(uid, done))

    def raise_failure(self) -> None:
        """Raise what made a machine's work stop the whole turn, if anything did."""
        if self._failure is not None:
            raise self._failure

    async def cancel(self) -> None:
        """Stop everything."""
        flying = list(self._flying.values())
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)

    async def _fly(self, uid: MachineUid, host: HostUid | None) -> None:
        # A machine without a host waits for nobody's host.
        mine = self._per_host[host] if host is not None else nullcontext()
        async with mine, self._at_once:
            with bound(machine=uid, fence=str(self._fence)):
                step = await _settle(self._steps, uid, self._fence)
                log.debug("machine.looked_after", step=type(step).__name__)

    def _landed(self, uid: MachineUid, task: asyncio.Task[None]) -> None:
        self._flying.pop(uid, None)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, StaleFence | LeadershipLost | StoreUnavailable):
            self._failure = self._failure or error
            return
        log.error("machine.failed", machine=uid, exc_info=error)
        self._parked[uid] = (ANY_REVISION, _time() + REST_AFTER_FAILURE.total_seconds())


def _time() -> float:
    return asyncio.get_running_loop().time()


async def _settle(steps: Steps, uid: MachineUid, fence: Fence) -> plan.Step:
    step: plan.Step = plan.Rest()
    for _ in range(STEPS_AT_ONCE):
        step = await steps.take(uid, fence)
        if isinstance(step, plan.Wait | plan.Rest):
            break
    return step
