"""What this copy acknowledged to each host, and what it promised to acknowledge no more."""

from dataclasses import dataclass
from datetime import timedelta

from qvdc_core.clock import Clock
from qvdc_core.errors import Kind, Refusal
from qvdc_node.domain.member_set import MemberSet
from qvdc_node.domain.session import NodeFenced
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.ports.world import Sessions


class NotFenced(Refusal):
    """The host is not fenced by this incident: a promise would bind nobody."""

    kind = Kind.PRECONDITION
    reason = "NOT_FENCED"

    def __init__(self, uid: str, incident: str) -> None:
        super().__init__(
            f"Host {uid} is not fenced by {incident}.", machine_uuid=uid, incident=incident
        )


@dataclass(frozen=True, slots=True)
class _Promise:
    incident: str
    at: float


class Acknowledgements:
    """Every acknowledgement of a session passes here, between its read of etcd and its answer.

    A promise stops those that are under way. One whose read began after the promise shows that the
    fence has gone, for the fence and the session exclude each other: it ends the promise.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started = clock.boottime()
        self._last: dict[str, float] = {}
        self._promises: dict[str, _Promise] = {}

    def begin(self) -> float:
        """Return the moment before etcd is read, for `acknowledge`."""
        return self._clock.boottime()

    def acknowledge(self, uid: str, *, begun: float) -> None:
        """Note that the host is acknowledged now, by a read begun at `begun`.

        Raises:
            NodeFenced: this copy promised not to, after the read began.
        """
        promise = self._promises.get(uid)
        if promise is not None:
            if begun <= promise.at:
                raise NodeFenced(promise.incident)
            del self._promises[uid]
        self._last[uid] = self._clock.boottime()

    def promise(self, uid: str, incident: str) -> timedelta:
        """Acknowledge the host no more for `incident`; return the age of the last time.

        Without one it is the age of this copy: the process before it may have acknowledged.
        """
        now = self._clock.boottime()
        self._promises[uid] = _Promise(incident, now)
        return timedelta(seconds=now - self._last.get(uid, self._started))


class AnotherIncident(Refusal):
    """The host is being fenced, or is fenced, by another incident: that one goes on."""

    kind = Kind.ABORTED
    reason = "ANOTHER_INCIDENT"

    def __init__(self, uid: str, incident: str) -> None:
        super().__init__(f"Host {uid} belongs to {incident}.", machine_uuid=uid, incident=incident)


class FailoverUseCase:
    """What a failover asks of this service before it starts machines elsewhere (PROTOCOLS 5)."""

    def __init__(
        self, unit_of_work: UnitsOfWork, sessions: Sessions, acknowledged: Acknowledgements
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._acknowledged = acknowledged

    async def intend_fence(self, uid: str, incident: str) -> None:
        """Write down that the host is about to be fenced; only then may it be. Safe to repeat.

        Raises:
            AnotherIncident: another one got there first.
        """
        async with self._unit_of_work() as work:
            standing = await work.fence_intents.put(uid, incident)
            if standing != incident:
                raise AnotherIncident(uid, standing)
            await work.commit()

    async def withdraw_fence(self, uid: str, incident: str) -> None:
        """Forget that; the fence was not put, for the host has a session. Safe to repeat."""
        async with self._unit_of_work() as work:
            await work.fence_intents.remove(uid, incident)
            await work.commit()

    async def promise_silence(self, uid: str, incident: str) -> timedelta:
        """Promise for this copy; return the age of its last acknowledgement of the host.

        Raises:
            NotFenced: etcd does not show the host fenced by this incident.
            AnotherIncident: it is not what was intended.
            StoreUnavailable: a store is away; nothing is promised.
        """
        if (await self._sessions.read(uid)).fenced != incident:
            raise NotFenced(uid, incident)
        # What proves a failover has to outlive etcd, also where nobody wrote the intent before.
        await self.intend_fence(uid, incident)
        return self._acknowledged.promise(uid, incident)

    async def member_sets(self, uid: str) -> tuple[MemberSet, ...]:
        """Return every member set that the host may hold, oldest first."""
        async with self._unit_of_work() as work:
            return tuple(await work.member_sets.held_by(uid))
