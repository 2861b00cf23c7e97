"""Long work that outlives the call that asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from qvdc_core.errors import Kind, Refusal

STALLED_AFTER = timedelta(seconds=60)
"""How long live work may go without a beat before it shows as stalled (GEN-8)."""


class OperationState(Enum):
    """How far the work is."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def live(self) -> bool:
        """Whether the work has not ended."""
        return self in LIVE_STATES


LIVE_STATES = frozenset({OperationState.QUEUED, OperationState.RUNNING, OperationState.CANCELLING})


@dataclass(frozen=True, slots=True)
class OperationFailure:
    """Why an operation failed, under the same rules as a refused call."""

    kind: Kind
    reason: str
    message: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, refusal: Refusal) -> "OperationFailure":
        """The failure that `refusal` is."""
        return cls(refusal.kind, refusal.reason, refusal.message, dict(refusal.facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One piece of long work on one resource.

    Args:
        id: `<service>-<uuid>`; the name is `operations/<id>`.
        target: name of the resource it works on.
        verb: create, start, upload and so on.
        requester: subject of the actor who asked.
        cancellable: whether cancel can undo or stop it cleanly.
        stage: the step that runs now; "" before the first.
        message: why it waits or is held up; "" when it does not.
        progress_percent: 0 to 100, never falling; 100 only when it succeeded.
        done_bytes: bytes whose effect is on disk; None where bytes do not apply.
        total_bytes: None while unknown.
        attempt: raised each time somebody takes it over; stale attempts may not write.
        children: ids of the operations that are its parts.
    """

    id: str
    target: str
    target_uid: str
    verb: str
    requester: str
    state: OperationState
    cancellable: bool
    cancel_requested: bool
    stage: str
    message: str
    progress_percent: int
    done_bytes: int | None
    total_bytes: int | None
    generation: int
    attempt: int
    create_time: datetime
    start_time: datetime | None
    end_time: datetime | None
    last_beat_time: datetime
    failure: OperationFailure | None
    trace_id: str
    parent: str | None
    children: tuple[str, ...]

    @property
    def name(self) -> str:
        """`operations/<id>`."""
        return f"operations/{self.id}"

    def stalled(self, now: datetime) -> bool:
        """Whether it lives and gave no beat for 60 s before `now`."""
        return self.state.live and now - self.last_beat_time > STALLED_AFTER


@dataclass(frozen=True, slots=True)
class OperationFilter:
    """Which operations to list; an empty field matches everything."""

    target: str = ""
    states: tuple[OperationState, ...] = ()
