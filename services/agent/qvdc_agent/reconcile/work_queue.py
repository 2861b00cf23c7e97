"""Which machines are to be looked at, each by one worker at a time."""

import asyncio
from datetime import timedelta

from qvdc_agent.domain.machine import MachineUid


class WorkQueue:
    """A queue of machine uids without doubles.

    A machine that is added while a worker has it is handed out again once that worker is done;
    nothing added is ever lost.
    """

    def __init__(self) -> None:
        self._ready: asyncio.Queue[MachineUid] = asyncio.Queue()
        self._queued: set[MachineUid] = set()
        self._working: set[MachineUid] = set()
        self._again: set[MachineUid] = set()
        self._timers: dict[MachineUid, asyncio.TimerHandle] = {}

    def add(self, uid: MachineUid, *, after: timedelta = timedelta()) -> None:
        """Have `uid` handed out, now or `after` some time; the earlier of two times counts."""
        if after > timedelta():
            self._add_later(uid, after)
            return
        if timer := self._timers.pop(uid, None):
            timer.cancel()
        if uid in self._working:
            self._again.add(uid)
        elif uid not in self._queued:
            self._queued.add(uid)
            self._ready.put_nowait(uid)

    async def take(self) -> MachineUid:
        """Wait for a machine; give it back with `done`."""
        uid = await self._ready.get()
        self._queued.discard(uid)
        self._working.add(uid)
        return uid

    def busy(self, uid: MachineUid) -> bool:
        """Whether a worker has `uid` now."""
        return uid in self._working

    def done(self, uid: MachineUid) -> None:
        """The worker is done with `uid` for now."""
        self._working.discard(uid)
        if uid in self._again:
            self._again.discard(uid)
            self.add(uid)

    def _add_later(self, uid: MachineUid, after: timedelta) -> None:
        loop = asyncio.get_running_loop()
        when = loop.time() + after.total_seconds()
        before = self._timers.get(uid)
        if before is not None:
            if before.when() <= when:
                return
            before.cancel()
        self._timers[uid] = loop.call_at(when, self.add, uid)
