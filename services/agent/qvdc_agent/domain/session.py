"""What the guardian writes for the agent: the host's standing with the control plane.

One file in the run folder, replaced as a whole before anything in it is relied upon. Standard
library only: the guardian stays small.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum


class Phase(Enum):
    """How far the host is with the control plane."""

    UNJOINED = "unjoined"
    """Never joined: waits for `quantix-node join`."""
    REGISTERING = "registering"
    LIVE = "live"
    REFUSED = "refused"
    """Refused, and tried again later."""
    LEFT = "left"
    """Left on its admin's word: neither registers nor beats until it is told to join again."""
    REMOVED = "removed"
    """Removed from the control plane; asked again every 10 minutes."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one copy of a service is reached; host:port each."""

    service: str
    mesh: str
    http: str = ""


@dataclass(frozen=True, slots=True)
class SessionState:
    """The state of a host's session.

    Args:
        node: name of the node, such as nodes/h1; empty before the first registration.
        acknowledged_at: when the last acknowledged beat was sent (s of the ladder), in seconds of
            CLOCK_BOOTTIME; None when none was in this life of the host.
        voted_at: when the last question was asked that a majority of the voting hosts answered
            *no* (q of the ladder); None when there was none.
        interval_seconds, ttl_seconds, ladder_end_seconds: the terms that the host runs.
        refuse_work_seconds, pause_seconds, kill_seconds: the ladder's other rungs.
        terms_version: of these terms, as the control plane numbers them; 0 before the first.
        lease_id: of the session, as registration told it.
        refusal: reason and message of the last refusal; empty while all is well.
    """

    machine_uuid: str
    boot_id: str
    instance: int
    phase: Phase = Phase.UNJOINED
    node: str = ""
    session_epoch: int = 0
    acknowledged_at: float | None = None
    voted_at: float | None = None
    interval_seconds: float = 3.0
    ttl_seconds: float = 9.0
    ladder_end_seconds: float = 13.0
    refuse_work_seconds: float = 6.0
    pause_seconds: float = 8.0
    kill_seconds: float = 10.0
    terms_version: int = 0
    lease_id: int = 0
    control_plane: tuple[Endpoint, ...] = field(default_factory=tuple)
    refusal: str = ""
    refusal_message: str = ""
    refusal_time: str = ""

    def live_at(self, now: float) -> bool:
        """Whether new protected work may start at `now`, in seconds of CLOCK_BOOTTIME."""
        return (
            self.phase is Phase.LIVE
            and self.acknowledged_at is not None
            and now < self.acknowledged_at + self.refuse_work_seconds
        )

    def meshes(self, service: str) -> tuple[str, ...]:
        """Addresses of the mesh ports of `service`."""
        return tuple(each.mesh for each in self.control_plane if each.service == service)

    def to_text(self) -> str:
        """The state as JSON."""
        return json.dumps({**asdict(self), "phase": self.phase.value})

    @classmethod
    def from_text(cls, text: str) -> "SessionState":
        """Read what `to_text` wrote, by this version or a newer one.

        Raises:
            ValueError: it is no such state.
        """
        found = json.loads(text)
        if not isinstance(found, Mapping):
            raise ValueError("not a session state")
        known = {key: value for key, value in found.items() if key in cls.__slots__}
        try:
            known["phase"] = Phase(known["phase"])
            known["control_plane"] = tuple(
                Endpoint(each["service"], each["mesh"], each.get("http", ""))
                for each in known["control_plane"]
            )
            return cls(**known)
        except (KeyError, TypeError) as error:
            raise ValueError("not a session state") from error
