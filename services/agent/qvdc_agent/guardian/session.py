"""The host's session as the guardian keeps it: written before it is relied upon."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from qvdc_agent.domain.places import Places
from qvdc_agent.domain.session import Endpoint, Phase, SessionState
from qvdc_agent.guardian.domain.terms import LadderTerms
from qvdc_agent.guardian.errors import Refused, Superseded
from qvdc_agent.guardian.files import write_whole
from qvdc_agent.guardian.identity import Identity, last_instance

SHORTEST_INTERVAL, LONGEST_INTERVAL = timedelta(seconds=1), timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Registered:
    """The answer to a registration."""

    node: str
    outcome: str
    session_epoch: int
    certificate_pem: str
    ca_pem: str
    terms: "Terms"
    control_plane: tuple[Endpoint, ...]
    lease_id: int = 0
    was_fenced: bool = False
    confessed: tuple["Confessed", ...] = ()


@dataclass(frozen=True, slots=True)
class Confessed:
    """What becomes of a machine that a fenced host confessed."""

    vm_uid: str
    keep: bool
    run_epoch: int


@dataclass(frozen=True, slots=True)
class Terms:
    """The times that the control plane told; None is what it did not tell."""

    interval: timedelta | None = None
    ttl: timedelta | None = None
    ladder: LadderTerms | None = None


class Session:
    """Keeps the session state and its file; a new instance goes on from an older one's."""

    def __init__(self, places: Places, identity: Identity) -> None:
        self._places = places
        self.state = self._continued(identity)
        self._write()

    def registered(self, answer: Registered) -> None:
        """Take the answer to a registration; the next beat makes the session live."""
        self.state = replace(
            self.under(answer.terms),
            phase=Phase.LIVE,
            node=answer.node,
            session_epoch=answer.session_epoch,
            lease_id=answer.lease_id,
            refusal="",
            refusal_message="",
            refusal_time="",
        )
        self._write()
        self.heard_of(answer.control_plane)

    @property
    def ladder_terms(self) -> LadderTerms:
        """The ladder that the host runs."""
        state = self.state
        return LadderTerms(
            refuse_work=state.refuse_work_seconds,
            pause=state.pause_seconds,
            kill=state.kill_seconds,
            end=state.ladder_end_seconds,
            version=state.terms_version,
        )

    def under(self, terms: Terms) -> SessionState:
        """The state with what `terms` tell; nothing is written.

        Answers come in any order: terms older than those that run change nothing, for the control
        plane no longer counts by them.
        """
        state, ladder = self.state, terms.ladder or self.ladder_terms
        if ladder.version < state.terms_version:
            return state
        interval = terms.interval
        if interval is not None:
            interval = min(LONGEST_INTERVAL, max(SHORTEST_INTERVAL, interval))
        return replace(
            state,
            interval_seconds=_seconds(interval, state.interval_seconds),
            ttl_seconds=_seconds(terms.ttl, state.ttl_seconds),
            refuse_work_seconds=ladder.refuse_work,
            pause_seconds=ladder.pause,
            kill_seconds=ladder.kill,
            ladder_end_seconds=ladder.end,
            terms_version=ladder.version,
        )

    def voted(self, asked_at: float) -> None:
        """The question of `asked_at`, in seconds of CLOCK_BOOTTIME, found a majority of noes."""
        self.state = replace(self.state, voted_at=max(asked_at, self.state.voted_at or asked_at))
        self._write()

    def acknowledged(self, sent_at: float, terms: Terms, epoch: int) -> None:
        """A beat sent at `sent_at`, in seconds of CLOCK_BOOTTIME, was acknowledged; answers that
        come in another order than their beats leave the latest."""
        self.state = replace(
            self.under(terms),
            phase=Phase.LIVE,
            acknowledged_at=max(sent_at, self.state.acknowledged_at or sent_at),
            session_epoch=epoch or self.state.session_epoch,
            refusal="",
            refusal_message="",
            refusal_time="",
        )
        self._write()

    def heard_of(self, control_plane: tuple[Endpoint, ...]) -> None:
        """Take the control plane's addresses; none means that nothing was said of them."""
        if not control_plane or control_plane == self.state.control_plane:
            return
        content = json.dumps([asdict(each) for each in control_plane])
        write_whole(self._places.control_plane, content.encode(), mode=0o644)
        self.state = replace(self.state, control_plane=control_plane)
        self._write()

    def left(self) -> None:
        """The host has left: there is no session to renew, and nobody to renew it with.

        What vouched for the host last stays: what it guards still ends by its ladder.
        """
        if self.state.phase is not Phase.LEFT:
            self.state = replace(
                self.state,
                phase=Phase.LEFT,
                session_epoch=0,
                lease_id=0,
                control_plane=(),
                refusal="",
                refusal_message="",
                refusal_time="",
            )
            self._write()

    def is_in(self, phase: Phase) -> None:
        """Note how far the host is."""
        if self.state.phase is not phase:
            self.state = replace(self.state, phase=phase)
            self._write()

    def refused(self, refusal: Refused, now: datetime) -> None:
        """Note a refusal, for people on the host to read."""
        removed = refusal.reason == "NODE_REMOVED"
        self.state = replace(
            self.state,
            phase=Phase.REMOVED if removed else Phase.REFUSED,
            refusal=refusal.reason,
            refusal_message=refusal.message,
            refusal_time=now.isoformat(),
        )
        self._write()

    def _continued(self, identity: Identity) -> SessionState:
        fresh = SessionState(
            machine_uuid=identity.machine_uuid,
            boot_id=identity.boot_id,
            instance=identity.instance,
            control_plane=self._known_control_plane(),
        )
        try:
            found = SessionState.from_text(self._places.session.read_text())
        except (OSError, ValueError):
            return fresh
        if (found.machine_uuid, found.boot_id) != (identity.machine_uuid, identity.boot_id):
            return fresh
        return replace(found, instance=identity.instance)

    def _known_control_plane(self) -> tuple[Endpoint, ...]:
        try:
            found = json.loads(self._places.control_plane.read_text())
            return tuple(Endpoint(**each) for each in found)
        except (OSError, ValueError, TypeError):
            return ()

    def _write(self) -> None:
        if last_instance(self._places.instance, self.state.boot_id) > self.state.instance:
            raise Superseded("A newer guardian of this host has started.")
        content = self.state.to_text().encode()
        write_whole(self._places.session, content, mode=0o644, durable=False)


def _seconds(given: timedelta | None, before: float) -> float:
    return before if given is None else given.total_seconds()
