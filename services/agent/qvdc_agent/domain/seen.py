"""What is seen of a machine on this host, as facts without judgement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from qvdc_agent.domain.machine import BasePlace, BootId, Digest, MachineUid

NO_SPACE = "no space"
"""The cause of a guest that is paused because there is no room for what it writes."""


class DomainPower(Enum):
    """What the hypervisor says of a domain."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CRASHED = "crashed"

    @property
    def active(self) -> bool:
        """Whether a process of the hypervisor holds the machine."""
        return self in (DomainPower.RUNNING, DomainPower.PAUSED)


@dataclass(frozen=True, slots=True)
class DomainView:
    """A domain of ours.

    Args:
        generation: of the wanted state that its lasting definition was made from.
        run_epoch: of the start that runs; of the next one while it is stopped.
        cause: why it is in this state, in the hypervisor's words.
        name: what the hypervisor calls it.
    """

    uid: MachineUid
    power: DomainPower
    generation: int
    run_epoch: int
    cause: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class StrangerView:
    """A domain that is not ours: it is told of, and never touched.

    Args:
        name: what the hypervisor calls it.
    """

    uid: MachineUid
    name: str
    power: DomainPower
    cause: str = ""
    vcpu_count: int | None = None
    memory_bytes: int | None = None


class BaseState(Enum):
    """How far an image of the cache is."""

    MISSING = "missing"
    PULLING = "pulling"
    READY = "ready"
    FAILED = "failed"

    @property
    def told(self) -> str:
        """The contract's word for it; "" where there is nothing to tell."""
        return {"pulling": "PULLING", "ready": "READY", "failed": "ERROR"}.get(self.value, "")


@dataclass(frozen=True, slots=True)
class BaseView:
    """An image of the cache; `reason` and `message` say why it failed, `final` that trying again
    will not help."""

    digest: Digest
    state: BaseState
    bytes_done: int = 0
    bytes_total: int = 0
    reason: str = ""
    message: str = ""
    final: bool = False

    @property
    def told(self) -> bool:
        """Whether there is anything of it to tell."""
        return bool(self.state.told)

    @property
    def ready(self) -> bool:
        """Whether machines can stand on it."""
        return self.state is BaseState.READY


@dataclass(frozen=True, slots=True)
class FilesView:
    """A machine's files.

    Args:
        disks: ids of the disks that exist, with data or without.
        seed: fingerprint of the seed that lies there, if any.
        anything: whether there is any file of the machine, or may be.
        unseen: why a pool that its disks lie in cannot be looked at.
        free_bytes: room in the fullest place that its disks lie in; None when not known.
    """

    disks: frozenset[str] = frozenset()
    seed: str | None = None
    anything: bool = False
    unseen: "Unseen | None" = None
    free_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """Why a place cannot be looked at: a reason of the contract, and words for people."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything seen of one machine at one moment."""

    domain: DomainView | None = None
    files: FilesView = FilesView()
    bases: Mapping[BasePlace, BaseView] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the host knows of a machine's last start, durably.

    Args:
        started_epoch: run epoch of the last start, None before the first.
        started_boot: the life of the host in which it was.
        ended: the cause of its end; None while it runs, or ended with the host itself.
        by_hand: it runs because somebody started it on the host after its end.
    """

    started_epoch: int | None = None
    started_boot: BootId | None = None
    ended: str | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else a plan depends on.

    Args:
        boot: the present life of the host.
        cleared: whether a protected machine may start: the control plane has spoken of it in this
            life of the host and the session is alive.
        shutdown_asked: the guest was asked to shut down and may still be busy with it.
        resumed_lately: the guest was let go on just now, after its pool was full.
    """

    boot: BootId
    cleared: bool = True
    shutdown_asked: bool = False
    resumed_lately: bool = False
