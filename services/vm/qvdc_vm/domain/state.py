"""The states of a machine, and the one rule that decides which one is shown."""

from enum import Enum


class State(Enum):
    """What a machine is doing (VM-5)."""

    PENDING = "PENDING"
    PROVISIONING = "PROVISIONING"
    STOPPED = "STOPPED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    SUSPENDED = "SUSPENDED"
    STOPPING = "STOPPING"
    MIGRATING = "MIGRATING"
    CRASHED = "CRASHED"
    LOST = "LOST"
    UNKNOWN = "UNKNOWN"
    ERROR = "ERROR"
    DELETING = "DELETING"
    TERMINATED = "TERMINATED"

    @property
    def transitional(self) -> bool:
        """Whether only a live operation may hold a machine in this state."""
        return self in TRANSITIONAL

    @property
    def observed(self) -> bool:
        """Whether only observation may move a machine into this state."""
        return self in OBSERVED


TRANSITIONAL = frozenset(
    {
        State.PENDING,
        State.PROVISIONING,
        State.STARTING,
        State.STOPPING,
        State.MIGRATING,
        State.DELETING,
    }
)
OBSERVED = frozenset(
    {State.RUNNING, State.STOPPED, State.PAUSED, State.CRASHED, State.LOST, State.UNKNOWN}
)


class Verb(Enum):
    """What an operation does to a machine; the value is the operation's verb."""

    CREATE = "create"
    START = "start"
    SHUTDOWN = "shutdown"
    POWER_OFF = "powerOff"
    DELETE = "delete"

    @property
    def makes(self) -> bool:
        """Whether it brings a machine into being or to life."""
        return self in (Verb.CREATE, Verb.START)


class HostPower(Enum):
    """What the power shall be on the host."""

    ON = "ON"
    OFF = "OFF"
    SHUTDOWN = "SHUTDOWN"
    """The guest is asked, and left running if it ignores that."""
