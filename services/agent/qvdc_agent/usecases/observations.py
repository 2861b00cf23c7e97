"""What was told last of each machine, with change counts that never go down."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.domain.observation import MachineState, Observation, ObservedMachine
from qvdc_agent.ports import MachineStore
from qvdc_core.clock import Clock


class Observations:
    """Keeps the last observation of each machine and tells listeners of changes."""

    def __init__(self, store: MachineStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._last: dict[MachineUid, ObservedMachine] = {}
        self._turn = asyncio.Lock()
        self._listeners: list[Callable[[MachineUid], None]] = []
        self._seen_now: set[MachineUid] = set()
        self._expected: set[MachineUid] | None = None
        self._complete = asyncio.Event()

    async def load(self) -> None:
        """Take up what was told before this process began."""
        for record in await self._store.list():
            if record.observed is not None:
                self._last.setdefault(record.uid, record.observed)

    def expect(self, uids: Iterable[MachineUid]) -> None:
        """Name all machines of the host; once each was seen by this process, the whole is known."""
        if self._expected is None:
            self._expected = set(uids)
        self._note_seen(None)

    async def complete(self) -> None:
        """Wait until every machine of the host was seen by this process."""
        await self._complete.wait()

    def on_change(self, listener: Callable[[MachineUid], None]) -> None:
        """Call `listener` after each change, in the event loop."""
        self._listeners.append(listener)

    async def publish(self, uid: MachineUid, observation: Observation) -> ObservedMachine:
        """Take `observation` as the newest; a change is on disk before anybody hears of it."""
        async with self._turn:
            last = self._last.get(uid)
            fresh = self.dated(uid, observation)
            changed = last is None or last.observation != observation
            if changed:
                fresh = replace(fresh, change_count=fresh.change_count + 1)
                await self._store.save_observed(fresh)
            self._last[uid] = fresh
        self._note_seen(uid)
        if changed:
            for listener in self._listeners:
                listener(uid)
        return fresh

    def saw(self, uid: MachineUid) -> None:
        """Note that there is nothing of a machine and nothing to tell."""
        self._note_seen(uid)

    def forget(self, uid: MachineUid) -> None:
        """Drop what was told of a machine that is gone, so that it is not told for ever."""
        last = self._last.get(uid)
        if last is not None and last.observation.state is MachineState.ABSENT:
            del self._last[uid]

    def _note_seen(self, uid: MachineUid | None) -> None:
        if uid is not None:
            self._seen_now.add(uid)
        if self._expected is not None and self._expected <= self._seen_now:
            self._complete.set()

    def dated(self, uid: MachineUid, observation: Observation) -> ObservedMachine:
        """Place `observation` in time beside what was told last, without telling it."""
        now = self._clock.now()
        last = self._last.get(uid)
        same = last is not None and last.observation.state is observation.state
        return ObservedMachine(
            uid=uid,
            observation=observation,
            change_count=last.change_count if last is not None else 0,
            since=last.since if last is not None and same else now,
            observed=now,
        )

    def last(self, uid: MachineUid) -> ObservedMachine | None:
        """What was told last of a machine."""
        return self._last.get(uid)

    def all(self) -> Sequence[ObservedMachine]:
        """What was told last of every machine."""
        return tuple(self._last.values())
