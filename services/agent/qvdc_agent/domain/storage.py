"""What a host says of its storage as a whole: its pools in beats, and two conditions."""

from collections.abc import Iterable, Sequence

from qvdc_agent.domain import host_report
from qvdc_agent.domain.host_report import Condition, Status
from qvdc_agent.domain.pool import FULL_SHARE, ObservedPool, PoolState

_STATES = {
    PoolState.HEALTHY: host_report.PoolState.HEALTHY,
    PoolState.DEGRADED: host_report.PoolState.DEGRADED,
    PoolState.ERROR: host_report.PoolState.ERROR,
}
"""Pools that are on their way in or out are not offered."""


def offered(pools: Iterable[ObservedPool]) -> tuple[host_report.Pool, ...]:
    """The pools that this host has, as its beats tell them."""
    return tuple(
        host_report.Pool(
            pool=each.pool.name,
            state=_STATES[each.observation.state],
            path=each.path,
            capacity_bytes=health.capacity_bytes if health is not None else None,
            free_bytes=health.free_bytes if health is not None else None,
            error=_words(each),
        )
        for each in pools
        if each.observation.state in _STATES
        for health in [each.observation.health]
    )


def storage_conditions(
    own: host_report.Pool, pools: Sequence[host_report.Pool]
) -> tuple[Condition, Condition]:
    """StorageReady and DiskPressure, from the host's own folder and its pools.

    A host whose own folder fails, or all of whose pools do, has no storage to offer. One that lost
    some of its pools says so, and goes on with the others.
    """
    return _ready(own, pools), _pressure([own, *pools])


def _ready(own: host_report.Pool, pools: Sequence[host_report.Pool]) -> Condition:
    if own.state is host_report.PoolState.ERROR:
        return Condition("StorageReady", Status.FALSE, "POOL_FAILED", f"{own.pool}: {own.error}")
    failed = [each for each in pools if each.state is host_report.PoolState.ERROR]
    if not failed:
        return Condition("StorageReady", Status.TRUE)
    status = Status.FALSE if len(failed) == len(pools) else Status.TRUE
    words = "; ".join(f"{each.pool}: {each.error}" for each in failed)
    return Condition("StorageReady", status, "POOL_FAILED", words)


def _pressure(pools: Sequence[host_report.Pool]) -> Condition:
    full = [each for each in pools if _is_full(each)]
    if not full:
        return Condition("DiskPressure", Status.FALSE)
    words = "; ".join(f"{each.pool} has {each.free_bytes} bytes left" for each in full)
    return Condition("DiskPressure", Status.TRUE, "POOL_FULL", words)


def _is_full(pool: host_report.Pool) -> bool:
    if not pool.capacity_bytes or pool.free_bytes is None:
        return False
    return 1 - pool.free_bytes / pool.capacity_bytes >= FULL_SHARE


def _words(observed: ObservedPool) -> str:
    seen = observed.observation
    return f"{seen.reason}: {seen.error}" if seen.reason else ""
