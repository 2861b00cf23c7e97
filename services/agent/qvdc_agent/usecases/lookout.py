"""Looks at one machine: what is seen, what is planned, what is told. Changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from qvdc_agent.domain.machine import MachineUid, WantedMachine
from qvdc_agent.domain.observation import Observation, Problem, judge
from qvdc_agent.domain.plan import Plan, plan_machine, remember
from qvdc_agent.domain.record import MachineRecord
from qvdc_agent.domain.seen import Circumstances, Remembered, Seen
from qvdc_agent.ports import Guardian, Hypervisor, Images, MachineFiles
from qvdc_core.clock import Clock

RESUME_PERIOD = timedelta(seconds=5)
"""How long a guest that was let go on is left halted when its pool is full at once again."""
ASK_PERIOD = timedelta(seconds=10)
"""How long a guest is left alone with a request to shut down before it is asked again: some are
not listening yet when they have just started."""


@dataclass(frozen=True, slots=True)
class Look:
    """One machine at one moment."""

    seen: Seen
    remembered: Remembered
    plan: Plan
    observation: Observation


class Lookout:
    """Looks at machines, and keeps what is known of them only while this process lives."""

    def __init__(
        self,
        *,
        hypervisor: Hypervisor,
        files: MachineFiles,
        images: Images,
        guardian: Guardian,
        clock: Clock,
    ) -> None:
        self._hypervisor = hypervisor
        self._files = files
        self._images = images
        self._guardian = guardian
        self._clock = clock
        self._asked: dict[MachineUid, float] = {}
        self._resumed: dict[MachineUid, float] = {}
        self._problems: dict[MachineUid, Problem] = {}
        self._guarded: frozenset[MachineUid] = frozenset()

    async def look(self, record: MachineRecord, wanted: WantedMachine) -> Look:
        """Look at the machine of `record`.

        Raises:
            HypervisorAway: nothing can be seen.
        """
        seen = Seen(
            domain=await self._hypervisor.look(wanted.uid),
            files=await self._files.look(wanted),
            bases={
                place: self._images.view(base, place.pool)
                for place, base in wanted.bases_by_place.items()
            },
        )
        circumstances = self._circumstances(record)
        remembered = remember(record.remembered, seen.domain, circumstances)
        plan = plan_machine(wanted, seen, remembered, circumstances)
        problem = self._problems.get(wanted.uid)
        observation = judge(wanted, seen, remembered, plan, problem)
        active = seen.domain is not None and seen.domain.power.active
        guarded = active and wanted.uid in self._guarded
        observation = replace(observation, guarded=guarded)
        return Look(seen, remembered, plan, observation)

    def note_asked(self, uid: MachineUid) -> None:
        """The guest was just asked to shut down."""
        self._asked[uid] = self._clock.monotonic()

    def note_guarded(self, uids: Iterable[MachineUid]) -> frozenset[MachineUid]:
        """The guardian has these machines, and no others; return those that this is news of."""
        found = frozenset(uids)
        changed, self._guarded = found ^ self._guarded, found
        return changed

    def note_taken(self, uid: MachineUid) -> None:
        """The guardian just took a machine."""
        self._guarded |= {uid}

    def note_resumed(self, uid: MachineUid) -> None:
        """The guest was just let go on, after its pool was full."""
        self._resumed[uid] = self._clock.monotonic()

    def note_problem(self, uid: MachineUid, problem: Problem | None) -> None:
        """What stands in the way of a machine; None when nothing does any more."""
        if problem is None:
            self._problems.pop(uid, None)
        else:
            self._problems[uid] = problem

    def _circumstances(self, record: MachineRecord) -> Circumstances:
        standing = self._guardian.standing()
        uid = record.uid
        return Circumstances(
            boot=standing.boot,
            cleared=standing.live and record.accepted_boot == standing.boot,
            shutdown_asked=self._within(ASK_PERIOD, self._asked.get(uid)),
            resumed_lately=self._within(RESUME_PERIOD, self._resumed.get(uid)),
        )

    def _within(self, period: timedelta, moment: float | None) -> bool:
        since = None if moment is None else self._clock.monotonic() - moment
        return since is not None and since < period.total_seconds()
