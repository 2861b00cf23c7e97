"""What can come of speaking with the control plane."""

from collections.abc import Mapping
from datetime import timedelta


class Unanswered(Exception):
    """Nobody answered, or somebody said that he cannot now.

    Args:
        retry_after: the wait that was asked for, if any.
    """

    def __init__(self, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Refused(Exception):
    """The control plane decided against it.

    Args:
        reason: stable and machine-readable, such as NODE_UNKNOWN.
        facts: what else it says, by name.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        retry_after: timedelta | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message
        self.retry_after = retry_after
        self.facts = facts or {}


class Untrusted(Exception):
    """The server is not the one whose root's hash was given."""

    def __init__(self, server: str, found: list[str]) -> None:
        hashes = ", ".join(found) or "none"
        super().__init__(f"{server} presents no certificate with the given hash; found {hashes}")


class Reborn(Exception):
    """The host was given another identity: this guardian must end and a new one start."""


class Superseded(Exception):
    """A newer start of this host's guardian exists: this one must end."""
