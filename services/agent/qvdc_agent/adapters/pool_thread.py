"""One thread for one pool: a mount that hangs costs that thread, and nothing else."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from queue import SimpleQueue
from typing import Generic, TypeVar

from qvdc_agent.domain.pool import NOT_ANSWERING, NOT_USABLE
from qvdc_agent.domain.refusals import StepRefused

_Result = TypeVar("_Result")


class _Job(Generic[_Result]):
    """Work on its way through the thread."""

    def __init__(self, work: Callable[[], _Result], within: timedelta) -> None:
        self.work = work
        self.within = within
        self.answer: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self.given_up = False
        self.due = float("inf")
        """Monotonic seconds; until then it may take."""

    def do(self) -> None:
        """Do it; whatever it raises belongs to who asked, not to the thread."""
        try:
            result = self.work()
        except BaseException as error:  # noqa: BLE001 - the outermost guard of the thread
            self._tell(partial(self.answer.set_exception, error))
        else:
            self._tell(partial(self.answer.set_result, result))

    def _tell(self, tell: Callable[[], None]) -> None:
        def unless_over() -> None:
            if not self.answer.done():
                tell()

        with suppress(RuntimeError):  # nobody is left to be told
            self.answer.get_loop().call_soon_threadsafe(unless_over)


class PoolThread:
    """Does blocking work on one pool, one piece after the other.

    While a piece hangs beyond its deadline everything else is refused at once; when the piece
    comes back, the thread goes on.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[_Job[object] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._current: _Job[object] | None = None

    @property
    def stuck(self) -> bool:
        """Whether a piece of work hangs beyond its deadline."""
        current = self._current
        return current is not None and time.monotonic() > current.due

    async def run(self, work: Callable[[], _Result], *, within: timedelta) -> _Result:
        """Return what `work` returns.

        Raises:
            StepRefused: NOT_ANSWERING when it took too long or another piece hangs, NOT_USABLE
                with the system's own words when it failed.
        """
        if self.stuck:
            raise StepRefused(NOT_ANSWERING, "Earlier work on it has not come back.")
        job: _Job[object] = _Job(work, within)
        self._start()
        self._jobs.put(job)
        try:
            async with asyncio.timeout(within.total_seconds()):
                return await job.answer  # type: ignore[return-value]  # of this very work
        except TimeoutError as error:
            words = f"No answer within {within.total_seconds():.0f} s."
            raise StepRefused(NOT_ANSWERING, words) from error
        except OSError as error:
            raise StepRefused(NOT_USABLE, str(error)) from error
        finally:
            job.given_up = True

    def end(self) -> None:
        """Take no more work; what hangs is left to itself."""
        self._jobs.put(None)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.given_up:
                job.due = time.monotonic() + job.within.total_seconds()
                self._current = job
                job.do()
                self._current = None
