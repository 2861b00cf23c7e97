"""The machine loop's hands: nobody waits for somebody else's host."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import pytest

from qvdc_core.clock import ManualClock
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence
from qvdc_vm.domain import plan
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.ports import Unsettled
from qvdc_vm.reconcile.virtual_machine import AT_ONCE_PER_HOST, MachineReconciler

FENCE = Fence(1, "vm-machines", 1)
SLOW, QUICK = HostUid("slow"), HostUid("quick")


class Queue:
    """Machines that always may have something to do; a transaction that only lists them."""

    def __init__(self, *machines: tuple[str, HostUid]) -> None:
        self._unsettled = [Unsettled(MachineUid(uid), 1, host) for uid, host in machines]

    @property
    def machines(self) -> "Queue":
        return self

    async def unsettled(self, *, now: datetime, limit: int) -> list[Unsettled]:
        return self._unsettled[:limit]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


class SilentBell:
    """Never rings; yields to the others."""

    count = 0

    async def past(self, count: int, *, within: float) -> bool:
        await asyncio.sleep(0)
        return False


class Steps:
    """Does what the test says for each machine."""

    def __init__(self, take: Callable[[MachineUid], Awaitable[plan.Step]]) -> None:
        self._take = take

    async def take(self, uid: MachineUid, fence: Fence) -> plan.Step:
        return await self._take(uid)


class Follower:
    """Leads never."""

    async def run(self, turn: Callable[[Fence], Awaitable[None]], *, every: timedelta) -> None:
        return None


def _reconciler(
    queue: Queue, take: Callable[[MachineUid], Awaitable[plan.Step]]
) -> MachineReconciler:
    return MachineReconciler(
        Follower(),
        Steps(take),
        lambda: queue,  # type: ignore[arg-type,return-value]  # the loop only lists machines
        SilentBell(),
        clock=ManualClock(),
    )


async def _cancelled(turn: "asyncio.Task[None]") -> None:
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn


async def test_a_silent_host_holds_up_its_own_machines_alone() -> None:
    silent = asyncio.Event()
    held: set[str] = set()
    done: set[str] = set()
    finished = asyncio.Event()
    machines = [(f"slow-{number}", SLOW) for number in range(500)]
    machines += [(f"quick-{number}", QUICK) for number in range(100)]

    async def take(uid: MachineUid) -> plan.Step:
        if uid.startswith("slow"):
            held.add(uid)
            await silent.wait()
        done.add(uid)
        if len(done) == 100:
            finished.set()
        return plan.Rest()

    turn = asyncio.create_task(_reconciler(Queue(*machines), take).turn(FENCE))
    async with asyncio.timeout(10):
        await finished.wait()

    assert len(held) == AT_ONCE_PER_HOST
    assert done == {f"quick-{number}" for number in range(100)}
    await _cancelled(turn)


async def test_a_bug_met_by_one_machine_keeps_no_other_from_its_steps() -> None:
    reached = asyncio.Event()
    met: list[str] = []

    async def take(uid: MachineUid) -> plan.Step:
        met.append(uid)
        if uid == "bad":
            raise ZeroDivisionError
        reached.set()
        return plan.Rest()

    turn = asyncio.create_task(
        _reconciler(Queue(("bad", QUICK), ("good", QUICK)), take).turn(FENCE)
    )
    async with asyncio.timeout(10):
        await reached.wait()

    assert not turn.done()
    assert met.count("bad") == 1
    await _cancelled(turn)


async def test_a_stale_fence_ends_the_turn() -> None:
    async def take(uid: MachineUid) -> plan.Step:
        raise StaleFence("vm-machines", presented=FENCE, newest="newer")

    with pytest.raises(StaleFence):
        async with asyncio.timeout(10):
            await _reconciler(Queue(("a", QUICK)), take).turn(FENCE)


async def test_what_is_under_way_stops_with_the_turn() -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def take(uid: MachineUid) -> plan.Step:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return plan.Rest()

    turn = asyncio.create_task(_reconciler(Queue(("a", QUICK)), take).turn(FENCE))
    async with asyncio.timeout(10):
        await begun.wait()
    await _cancelled(turn)

    assert stopped.is_set()
