"""How values read: states, times, sizes, names."""

from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from qvdc_core.units import format_bytes

NOTHING = "-"
_STEPS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def enum(message: Message, field: str) -> str:
    """The value of an enum field without its type's prefix; "-" for unset."""
    descriptor = message.DESCRIPTOR.fields_by_name[field].enum_type
    assert descriptor is not None, f"{field} is no enum"
    number = getattr(message, field)
    value = descriptor.values_by_number.get(number)
    if value is None:
        return str(number)
    zero = descriptor.values_by_number[0].name
    prefix = zero.removesuffix("UNSPECIFIED")
    return NOTHING if number == 0 else value.name.removeprefix(prefix)


def moment(message: Message, field: str) -> datetime | None:
    """A timestamp field; None when unset."""
    if not message.HasField(field):
        return None
    stamp: Timestamp = getattr(message, field)
    return stamp.ToDatetime(tzinfo=UTC)


def ago(message: Message, field: str, now: datetime | None = None) -> str:
    """A timestamp field as people say it: 3 min ago, in 2 h."""
    when = moment(message, field)
    return NOTHING if when is None else relative(when, now or datetime.now(UTC))


def clock(message: Message, field: str) -> str:
    """A timestamp field as the local time of day, for lines that stay on the screen."""
    when = moment(message, field)
    return NOTHING if when is None else f"{when.astimezone():%H:%M:%S}"


def relative(when: datetime, now: datetime) -> str:
    """`when` as seen from `now`."""
    if when <= now:
        elapsed = span(now - when)
        return "just now" if elapsed == "0 s" else f"{elapsed} ago"
    return f"in {span(when - now)}"


def span(interval: timedelta) -> str:
    """An interval in its largest unit: 3 min, 2 d."""
    seconds = int(interval.total_seconds())
    for unit, size in _STEPS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "0 s"


def size(message: Message, field: str) -> str:
    """A number of bytes; "-" when unset."""
    descriptor = message.DESCRIPTOR.fields_by_name[field]
    if descriptor.has_presence and not message.HasField(field):
        return NOTHING
    value = int(getattr(message, field))
    return format_bytes(value) if value else (NOTHING if not descriptor.has_presence else "0 B")


def short(name: str) -> str:
    """A resource name's last segment; "-" for none."""
    return name.rpartition("/")[2] or NOTHING


def joined(values: Any) -> str:
    """Several values in one cell."""
    return ", ".join(str(value) for value in values) or NOTHING


def labels(message: Any) -> str:
    """Labels in one cell."""
    return joined(f"{key}={value}" for key, value in sorted(message.labels.items()))


def optional(message: Message, field: str, unit: str = "") -> str:
    """A number that may be unset."""
    if not message.HasField(field):
        return NOTHING
    value = getattr(message, field)
    number = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
    return f"{number} {unit}".strip()


def full_name(noun: str, text: str) -> str:
    """The resource name of `text`, which may be an id, a uid or a name already."""
    return text if text.startswith(f"{noun}/") else f"{noun}/{text}"
