"""Background loops that never die silently."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from qvdc_obs.logs import bound, get_logger
from qvdc_obs.metrics import Metrics

log = get_logger(__name__)

FIRST_BACKOFF = timedelta(seconds=0.5)
LONGEST_BACKOFF = timedelta(seconds=30)
SETTLED_AFTER = timedelta(seconds=60)


class Loops:
    """Runs each loop for ever: one that returns or raises is logged, counted and started again.

    The pause doubles from 0.5 s to 30 s, with jitter, and starts over after 60 s of good running.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._restarts = metrics.counter("loop_restarts", "Loops begun again.", ["loop"])
        self._running = metrics.gauge("loop_running", "1 while a loop runs.", ["loop"])
        self._loops: dict[str, Callable[[], Awaitable[None]]] = {}

    def add(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Register a loop; `run` is called again after each end."""
        if name in self._loops:
            raise ValueError(f"loop {name} is already there")
        self._loops[name] = run

    async def run(self) -> None:
        """Run all loops until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, run in self._loops.items():
                group.create_task(self._guard(name, run), name=f"loop:{name}")

    async def _guard(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        backoff = FIRST_BACKOFF
        while True:
            started = time.monotonic()
            with bound(loop=name):
                await self._once(name, run)
            if time.monotonic() - started > SETTLED_AFTER.total_seconds():
                backoff = FIRST_BACKOFF
            pause = backoff.total_seconds() * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
            await asyncio.sleep(pause)
            backoff = min(backoff * 2, LONGEST_BACKOFF)
            self._restarts.labels(name).inc()

    async def _once(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        self._running.labels(name).set(1)
        try:
            await run()
            log.warning("loop.ended")
        except Exception:  # the guard of last resort of a loop
            log.exception("loop.failed")
        finally:
            self._running.labels(name).set(0)
