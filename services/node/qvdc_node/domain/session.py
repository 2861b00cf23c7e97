"""Sessions: who may run protected machines now (PROTOCOLS 2 and 3)."""

from dataclasses import dataclass
from datetime import timedelta

from qvdc_core.errors import Kind, Refusal
from qvdc_node.domain.terms import USUAL_GRANT, Grant


@dataclass(frozen=True, slots=True)
class Incarnate:
    """One life of a guardian: the kernel's boot id and the count of starts within it."""

    boot_id: str
    instance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as its key shows it. `lease` and `revision` are etcd's, 0 before it is put.

    Args:
        grant: the terms under which it stands; None when its key does not say.
    """

    uid: str
    life: Incarnate
    epoch: int
    incarnation: str
    lease: int = 0
    revision: int = 0
    grant: Grant | None = None

    @property
    def life_time(self) -> timedelta:
        """How long it lives without a renewal."""
        return (self.grant or USUAL_GRANT).lease


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """What one linearizable read showed of a host; `incarnation` is "" before it is opened."""

    session: Session | None
    fenced: str
    incarnation: str


@dataclass(frozen=True, slots=True)
class TermsView:
    """What the terms' key of a host shows; it outlives sessions.

    Args:
        grant: None when there is none of this life of etcd.
        revision: of the key; 0 when there is none.
    """

    grant: Grant | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHost:
    """What the registry holds of a registered host."""

    uid: str
    life: Incarnate
    epoch: int


@dataclass(frozen=True, slots=True)
class Renew:
    """The session stands: keep its lease alive."""

    session: Session


@dataclass(frozen=True, slots=True)
class Put:
    """Put this session, in place of `old` if there is one."""

    session: Session
    old: Session | None


class StaleInstance(Refusal):
    """A newer instance of the same boot holds the session: this process must exit."""

    kind = Kind.ABORTED
    reason = "STALE_INSTANCE"

    def __init__(self, instance: int, current: int) -> None:
        super().__init__(
            f"Instance {instance} of this boot was succeeded by {current}.",
            instance=instance,
            current_instance=current,
        )


class NodeFenced(Refusal):
    """A failover has fenced the host: it must register and confess."""

    kind = Kind.PRECONDITION
    reason = "NODE_FENCED"

    def __init__(self, incident: str) -> None:
        super().__init__(f"The host is fenced by {incident}.", incident=incident)


class AnotherBoot(Refusal):
    """The session is of another boot of this host: register, so that it is looked into."""

    kind = Kind.NOT_FOUND
    reason = "NODE_UNKNOWN"

    def __init__(self, uid: str) -> None:
        super().__init__("Another boot of this host has a session: register.", machine_uuid=uid)


class NotOpened(Refusal):
    """Nobody has opened this life of etcd yet."""

    kind = Kind.UNAVAILABLE
    reason = "STORE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__(
            "This life of etcd is not opened yet.", retry_after=timedelta(seconds=1), store="etcd"
        )


def judge_beat(
    uid: str, life: Incarnate, view: SessionView, known: KnownHost | None
) -> Renew | Put | None:
    """Return what a beat of `life` leads to; None when only the registry can tell who it is.

    `known` is needed only where there is no session to go by.

    Raises:
        NodeFenced: the host must confess first.
        StaleInstance: a newer instance of this boot is known.
        AnotherBoot: registration has to look into it.
        NotOpened: this life of etcd grants nothing yet.
    """
    if view.fenced:
        raise NodeFenced(view.fenced)
    if not view.incarnation:
        raise NotOpened
    held = view.session
    if held is not None and held.incarnation == view.incarnation:
        return _judge_against(held, uid, life, view)
    if known is None:
        return None
    epoch = _succeeding_epoch(uid, life, known.life, known.epoch)
    return Put(_session(uid, life, epoch, view), held)


def _judge_against(held: Session, uid: str, life: Incarnate, view: SessionView) -> Renew | Put:
    if held.life == life:
        return Renew(held)
    epoch = _succeeding_epoch(uid, life, held.life, held.epoch)
    return Put(_session(uid, life, epoch, view), held)


def _succeeding_epoch(uid: str, life: Incarnate, before: Incarnate, epoch: int) -> int:
    if before.boot_id != life.boot_id:
        raise AnotherBoot(uid)
    if life.instance < before.instance:
        raise StaleInstance(life.instance, before.instance)
    return epoch if life == before else epoch + 1


def _session(uid: str, life: Incarnate, epoch: int, view: SessionView) -> Session:
    return Session(uid=uid, life=life, epoch=epoch, incarnation=view.incarnation)
