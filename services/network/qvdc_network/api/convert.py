"""Wire to domain and back; total functions that decide nothing."""

from collections.abc import Mapping
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from qvdc_core.ids import Name


def time_to_wire(time: datetime | None) -> Timestamp | None:
    """A time as the wire carries it."""
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


def labels_of(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """A label filter in a stable order."""
    return tuple(sorted(labels.items()))


def network_name(text: str) -> Name:
    """Read the name of a network.

    Raises:
        InvalidField: it is none.
    """
    return Name.parse(text, "networks")


def port_name(text: str) -> Name:
    """Read the name of a port.

    Raises:
        InvalidField: it is none.
    """
    return Name.parse(text, "ports")
