"""Serial output of a guest."""

from dataclasses import dataclass

DEFAULT_LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialLog:
    """A piece of serial output; `size_bytes` is that of the whole log."""

    content: bytes
    offset_bytes: int
    size_bytes: int


def agent_offset(offset_bytes: int, limit_bytes: int) -> int:
    """What to ask a host for: 0 means the last `limit_bytes` to people, the beginning to it."""
    return offset_bytes or -(limit_bytes or DEFAULT_LIMIT_BYTES)
