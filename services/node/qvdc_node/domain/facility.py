"""Where a node stands, how it is reached from outside, what it may promise: people's intent."""

from dataclasses import dataclass, field, replace
from enum import Enum


class BmcKind(Enum):
    """What a board controller speaks."""

    REDFISH = "REDFISH"
    IPMI = "IPMI"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overcommit:
    """Ratios in place of the cluster's; None leaves it to the cluster."""

    cpu_ratio: float | None = None
    memory_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureDomain:
    """What a node shares with others when it fails."""

    room: str = ""
    rack: str = ""
    feed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bmc:
    """The controller by which a node is switched from outside.

    Args:
        sealed: the secret as it is stored; "" where it is not carried along.
        secret_set: there is a secret.
    """

    address: str
    kind: BmcKind
    user: str = ""
    sealed: str = field(default="", repr=False)
    secret_set: bool = False

    def after(self, before: "Bmc | None", sealed: str) -> "Bmc":
        """Return this wish with its secret: the new one, or that of `before` where it is the same
        controller and user."""
        if sealed:
            return replace(self, sealed=sealed, secret_set=True)
        same = before is not None and (before.address, before.user) == (self.address, self.user)
        if before is None or not same:
            return replace(self, sealed="", secret_set=False)
        return replace(self, sealed=before.sealed, secret_set=before.secret_set)

    @property
    def shown(self) -> "Bmc":
        """Itself without what is never told."""
        return replace(self, sealed="")


@dataclass(frozen=True, slots=True)
class Eviction:
    """Machines that NO_EXECUTE taints ask to leave.

    Args:
        taints: keys of the taints.
        machines: the first of them, by name; `count` of all.
    """

    taints: tuple[str, ...]
    machines: tuple[str, ...] = ()
    count: int = 0

    @property
    def told(self) -> str:
        """What it says, in one line."""
        names = ", ".join(self.machines)
        more = self.count - len(self.machines)
        tail = f" and {more} more" if more else ""
        return (
            f"{', '.join(self.taints)} asks {self.count} machines to leave, and none can be moved"
            f" to another host yet: {names}{tail}."
        )
