"""What happened, and streams of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Generic, TypeVar

from qvdc_core.errors import Kind, Refusal

T = TypeVar("T")


class Severity(Enum):
    """How much an event matters."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class Change(Enum):
    """What an event did to its subject."""

    NONE = "NONE"
    """Nothing that a Watch of the subject's noun would show."""
    CHANGED = "CHANGED"
    """Created or changed."""
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """What to write down in the transaction that makes it true.

    Args:
        subject: name of the resource, such as clusters/prod; its noun is what Watch filters by.
        kind: CamelCase, such as ClusterCreated; "" is a change nobody wants to read about
            (observed state), which Watch streams and ListEvents leaves out.
        revision: the resource's revision after the change; consumers drop older ones.
        cluster: name of the cluster concerned; "" for none.
        operation: name of the operation it belongs to; "" for none.
        details: facts by name.
    """

    subject: str
    subject_uid: str = ""
    kind: str = ""
    change: Change = Change.NONE
    revision: int = 0
    cluster: str = ""
    severity: Severity = Severity.INFO
    actor: str = ""
    operation: str = ""
    trace_id: str = ""
    text: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, as it was stored.

    Args:
        id: `<service>-<number>`.
        position: orders the events of one service; a resume token.
    """

    id: str
    position: str
    time: datetime
    draft: EventDraft


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to list; an empty field matches everything."""

    subject: str = ""
    kinds: tuple[str, ...] = ()
    cluster: str = ""


class WatchKind(Enum):
    """What kind of item a Watch stream carries."""

    SNAPSHOT = "SNAPSHOT"
    SYNCED = "SYNCED"
    CHANGED = "CHANGED"
    DELETED = "DELETED"
    HEARTBEAT = "HEARTBEAT"


@dataclass(frozen=True, slots=True)
class WatchItem(Generic[T]):
    """One item of a Watch stream.

    Args:
        token: where to go on after this item; the last one seen of a stream is enough.
        value: the resource; None with SYNCED, DELETED and HEARTBEAT.
        name: with DELETED, what is gone.
        uid: with DELETED, its uid.
    """

    kind: WatchKind
    token: str
    value: T | None = None
    name: str = ""
    uid: str = ""


class ResumeExpired(Refusal):
    """The resume token is older than what is kept, or of another life of the store."""

    kind = Kind.ABORTED
    reason = "RESUME_EXPIRED"

    def __init__(self) -> None:
        super().__init__("The stream cannot go on from there: begin again without a token.")
