"""The host's session as the guardian keeps it: written before it is relied upon."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from qvdc_agent.domain.places import Places
from qvdc_agent.domain.session import Endpoint, Phase, SessionState
from qvdc_agent.guardian.errors import Refused
from qvdc_agent.guardian.files import write_whole
from qvdc_agent.guardian.identity import Identity

SHORTEST_INTERVAL, LONGEST_INTERVAL = timedelta(seconds=1), timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Registered:
    """The answer to a registration."""

    node: str
    outcome: str
    session_epoch: int
    certificate_pem: str
    ca_pem: str
    interval: timedelta | None
    ttl: timedelta | None
    ladder_end: timedelta | None
    control_plane: tuple[Endpoint, ...]


class Session:
    """Keeps the session state and its file; a new instance goes on from an older one's."""

    def __init__(self, places: Places, identity: Identity) -> None:
        self._places = places
        self.state = self._continued(identity)
        self._write()

    def registered(self, answer: Registered) -> None:
        """Take the answer to a registration; the next beat makes the session live."""
        state = self.state
        self.state = replace(
            state,
            phase=Phase.LIVE,
            node=answer.node,
            session_epoch=answer.session_epoch,
            interval_seconds=_seconds(answer.interval, state.interval_seconds),
            ttl_seconds=_seconds(answer.ttl, state.ttl_seconds),
            ladder_end_seconds=_seconds(answer.ladder_end, state.ladder_end_seconds),
            refusal="",
            refusal_message="",
            refusal_time="",
        )
        self._write()
        self.heard_of(answer.control_plane)

    def acknowledged(self, sent_at: float, interval: timedelta | None, epoch: int) -> None:
        """A beat sent at `sent_at`, in seconds of CLOCK_BOOTTIME, was acknowledged."""
        if interval is not None:
            interval = min(LONGEST_INTERVAL, max(SHORTEST_INTERVAL, interval))
        self.state = replace(
            self.state,
            phase=Phase.LIVE,
            acknowledged_at=sent_at,
            interval_seconds=_seconds(interval, self.state.interval_seconds),
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
        content = self.state.to_text().encode()
        write_whole(self._places.session, content, mode=0o644, durable=False)


def _seconds(given: timedelta | None, before: float) -> float:
    return before if given is None else given.total_seconds()
