"""Which machines HA may restart elsewhere, and what their host does when it is cut off."""

from dataclasses import dataclass
from enum import Enum


class RestartPolicy(Enum):
    """After which ends a machine is started again."""

    ALWAYS = "ALWAYS"
    ON_FAILURE = "ON_FAILURE"
    NEVER = "NEVER"


class IsolationResponse(Enum):
    """What a host that is cut off does with a protected machine."""

    LEAVE = "LEAVE"
    SHUTDOWN = "SHUTDOWN"
    POWER_OFF = "POWER_OFF"


class Unprotected(Enum):
    """Why a machine is not protected."""

    CLUSTER_UNKNOWN = "CLUSTER_UNKNOWN"
    HA_OFF = "HA_OFF"
    AUTO_RESTART_OFF = "AUTO_RESTART_OFF"
    NEVER_RESTARTED = "NEVER_RESTARTED"
    NOT_GUARDED_YET = "NOT_GUARDED_YET"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartWish:
    """What people want of a machine whose host dies."""

    auto_restart: bool = True
    policy: RestartPolicy = RestartPolicy.ALWAYS


AS_USUAL = RestartWish()
"""What holds for a machine of which nobody said anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HaPolicy:
    """A cluster's HA settings, as the cluster service told them.

    Args:
        enabled: hosts of the cluster are watched, and their machines restarted elsewhere.
        grace_seconds: how long a guest may take that was asked to shut down.
        detection_seconds: how long a host may be silent before its session ends.
    """

    cluster: str
    enabled: bool = False
    response: IsolationResponse = IsolationResponse.POWER_OFF
    grace_seconds: int = 60
    detection_seconds: int = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What a host shall hold of a machine's protection; without it the rest is at its defaults."""

    protected: bool = False
    response: IsolationResponse = IsolationResponse.POWER_OFF
    grace_seconds: int = 60


NO_PROTECTION = Protection()


def unprotected_because(wish: RestartWish, policy: HaPolicy | None) -> Unprotected | None:
    """Return why a machine shall not be protected; None when it shall."""
    if policy is None:
        return Unprotected.CLUSTER_UNKNOWN
    if not policy.enabled:
        return Unprotected.HA_OFF
    if not wish.auto_restart:
        return Unprotected.AUTO_RESTART_OFF
    if wish.policy is RestartPolicy.NEVER:
        return Unprotected.NEVER_RESTARTED
    return None


def protection_of(wish: RestartWish, policy: HaPolicy) -> Protection:
    """Return what the host of a machine of this cluster shall hold."""
    if unprotected_because(wish, policy) is not None:
        return NO_PROTECTION
    return Protection(protected=True, response=policy.response, grace_seconds=policy.grace_seconds)


@dataclass(frozen=True, slots=True)
class HaPolicyGone:
    """A cluster that is gone for good."""

    cluster: str


@dataclass(frozen=True, slots=True)
class HaPolicySynced:
    """The snapshot is whole: clusters that it did not name are gone."""


HaPolicyChange = HaPolicy | HaPolicyGone | HaPolicySynced
