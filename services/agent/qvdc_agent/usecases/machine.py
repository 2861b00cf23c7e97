"""The verbs of AgentService: take wanted state, tell what is seen."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from qvdc_agent.domain.machine import BootId, MachineUid, WantedMachine
from qvdc_agent.domain.observation import MachineState, Observation, ObservedMachine, Problem
from qvdc_agent.domain.record import MachineRecord
from qvdc_agent.domain.refusals import HypervisorAway
from qvdc_agent.ports import Guardian, MachineFiles, MachineStore, Wake
from qvdc_agent.usecases.lookout import Lookout
from qvdc_agent.usecases.observations import Observations
from qvdc_core.errors import NotFound
from qvdc_core.fence import Fence
from qvdc_core.units import KIB, MIB

DEFAULT_LOG_BYTES = 64 * KIB
MOST_LOG_BYTES = MIB
PATIENCE = timedelta(seconds=1)
"""How long an answer waits for a look: a busy hypervisor may keep one machine for 10 s."""


@dataclass(frozen=True, slots=True)
class SerialPiece:
    """A piece of a serial log: where it begins, and the size of the whole, in bytes."""

    content: bytes
    offset_bytes: int
    size_bytes: int


class Machines:
    """What the control plane may ask of this host's machines.

    Args:
        wake: has a machine looked at by the reconciler.
        busy: whether the reconciler is at work on a machine.
    """

    def __init__(
        self,
        *,
        store: MachineStore,
        files: MachineFiles,
        lookout: Lookout,
        observations: Observations,
        guardian: Guardian,
        wake: Wake,
        busy: Callable[[MachineUid], bool],
    ) -> None:
        self._store = store
        self._files = files
        self._lookout = lookout
        self._observations = observations
        self._guardian = guardian
        self._wake = wake
        self._busy = busy

    @property
    def boot(self) -> BootId:
        """The present life of this host."""
        return self._guardian.standing().boot

    @property
    def node_uid(self) -> str:
        """Who this host is."""
        return self._guardian.standing().node_uid

    async def apply(self, wanted: WantedMachine, fence: Fence) -> ObservedMachine:
        """Keep `wanted`, durably, and have the reconciler see to it. Repeating is safe.

        Raises:
            StaleFence: a newer leader was seen.
            StaleGeneration: a newer wanted state is held.
            StaleEpoch: a newer start is held.
        """
        record = await self._store.accept(wanted, fence, self.boot)
        self._lookout.note_problem(wanted.uid, None)
        self._wake(wanted.uid)
        return await self._observe(record)

    async def observe(self, uid: MachineUid) -> ObservedMachine:
        """What is seen of a machine now.

        Raises:
            NotFound: this host never heard of it.
        """
        record = await self._store.get(uid)
        if record is None:
            raise NotFound("machine", uid)
        return await self._observe(record)

    async def list(self) -> Sequence[ObservedMachine]:
        """What is seen of all machines that are here, or were and have not been told gone."""
        return [await self._observe(record) for record in await self._store.list()]

    async def read_serial(self, uid: MachineUid, offset: int, limit: int) -> SerialPiece:
        """A piece of a machine's serial output.

        Args:
            offset: in bytes; negative counts from the end.
            limit: in bytes; 0 means 64 KiB, at most 1 MiB.
        """
        wanted = min(limit or DEFAULT_LOG_BYTES, MOST_LOG_BYTES)
        return SerialPiece(*await self._files.read_serial(uid, offset, wanted))

    async def _observe(self, record: MachineRecord) -> ObservedMachine:
        last = self._observations.last(record.uid)
        if record.wanted is None:
            return last or self._unseen(record, None)
        if self._busy(record.uid):
            return self._unseen(record, None)
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                look = await self._lookout.look(record, record.wanted)
        except TimeoutError:
            return self._unseen(record, None)
        except HypervisorAway as away:
            return self._unseen(record, Problem(away.reason, away.message))
        return self._observations.dated(record.uid, look.observation)

    def _unseen(self, record: MachineRecord, problem: Problem | None) -> ObservedMachine:
        """What is told while nothing can be seen, or is being changed: the last state, and why."""
        last = self._observations.last(record.uid)
        observation = Observation(
            state=last.observation.state if last is not None else MachineState.PREPARING,
            generation=record.generation,
            run_epoch=last.observation.run_epoch if last is not None else 0,
            cause=last.observation.cause if last is not None else "",
            stage=last.observation.stage if last is not None else "",
            problem=problem,
        )
        return self._observations.dated(record.uid, observation)
