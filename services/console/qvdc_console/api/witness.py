"""What the door notes of each call: every mutation, and whatever was refused for who calls."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from google.api import resource_pb2
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message

from qvdc_console.api.entrance import Arrival, Pass
from qvdc_console.api.errors import code_of
from qvdc_console.domain.audit import AuditRecord
from qvdc_core.clock import Clock
from qvdc_core.errors import Refusal

ALWAYS = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED"})
SELDOM = frozenset({"RATE_LIMITED"})
"""Kept whatever it was about, but seldom for each caller: a flood is not to fill the trail."""
SELDOM_EVERY = timedelta(seconds=10)
SELDOM_REMEMBERED = 10_000
LONGEST_TEXT = 256


@dataclass(slots=True)
class Account:
    """One call on its way through the door, filled as it goes."""

    arrival: Arrival
    admitted: Pass | None = None
    object: str = ""
    code: str = "OK"
    reason: str = ""
    notable: bool = False
    """Kept whatever it was about."""

    def refused(self, refusal: Refusal) -> None:
        """Note how it ended."""
        self.code, self.reason = code_of(refusal), refusal.reason


class Witness:
    """Turns accounts into audit records; takes no time of the call."""

    def __init__(self, note: Callable[[AuditRecord], None], clock: Clock) -> None:
        self._note = note
        self._clock = clock
        self._last: dict[str, float] = {}

    def _due(self, account: Account) -> bool:
        """Whether it is time to keep another one of this caller."""
        visitor = account.admitted.visitor.subject if account.admitted else ""
        key, now = f"{visitor}@{account.arrival.address}", self._clock.monotonic()
        if now - self._last.get(key, -SELDOM_EVERY.total_seconds()) < SELDOM_EVERY.total_seconds():
            return False
        if len(self._last) >= SELDOM_REMEMBERED:
            self._last.clear()
        self._last[key] = now
        return True

    def stranger(self, reason: str, address: str) -> None:
        """Note a connection that was refused before it was a call."""
        self._note(
            AuditRecord(
                time=self._clock.now(),
                actor="",
                address=_plain(address),
                method="HTTP",
                object="",
                code="INVALID_ARGUMENT",
                reason=reason,
                request_id="",
            )
        )

    def tell(self, account: Account) -> None:
        """Note a call that has ended, if it is to be kept."""
        arrival, admitted = account.arrival, account.admitted
        if account.reason in SELDOM and not self._due(account):
            return
        kept = account.notable or account.code in ALWAYS or account.reason in SELDOM
        if not kept and not mutates(arrival):
            return
        method = arrival.method
        named = f"/{method.containing_service.full_name}/{method.name}" if method else ""
        record = AuditRecord(
            time=self._clock.now(),
            actor=_plain(admitted.visitor.subject if admitted else ""),
            address=_plain(arrival.address),
            method=_plain(named or f"{arrival.verb} {arrival.path}"),
            object=_plain(account.object),
            code=account.code,
            reason=_plain(account.reason),
            request_id=_plain(admitted.request_id if admitted else arrival.request_id),
        )
        self._note(record)


def mutates(arrival: Arrival) -> bool:
    """Whether a call is meant to change something; parts of an upload are not told one by one."""
    if arrival.method is not None:
        return changes(arrival.method)
    return arrival.verb in ("POST", "PUT", "DELETE")


def changes(method: MethodDescriptor) -> bool:
    """Whether a method changes something, as its contract says; a stream only tells."""
    if method.server_streaming:
        return False
    return bool(method.GetOptions().idempotency_level != MethodOptions.NO_SIDE_EFFECTS)


def object_of(message: Message) -> str:
    """The name of what a request is about; "" if it names nothing."""
    shown: Any = message
    fields = message.DESCRIPTOR.fields_by_name
    if "name" in fields:
        return str(shown.name)
    if message.DESCRIPTOR.name == "SignInRequest":
        return f"users/{shown.user}"
    for field in message.DESCRIPTOR.fields:
        pattern = _pattern(field.message_type)
        if not pattern or field.is_repeated:
            continue
        if chosen := getattr(message, f"{field.name}_id", ""):
            return f"{pattern.partition('/')[0]}/{chosen}"
        return str(getattr(getattr(message, field.name), "name", ""))
    return ""


def _pattern(descriptor: Any) -> str:
    extension: Any = resource_pb2.resource
    if descriptor is None or not descriptor.GetOptions().HasExtension(extension):
        return ""
    patterns = descriptor.GetOptions().Extensions[extension].pattern
    return str(patterns[0]) if patterns else ""


def _plain(text: str) -> str:
    """As much of a stranger's text as a record holds, without what no store takes."""
    return text[:LONGEST_TEXT].replace("\0", "").encode("utf-8", "replace").decode()
