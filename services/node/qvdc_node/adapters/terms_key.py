"""The terms of a host as etcd holds them.

`/quantix/nodes/<uid>/terms` is a published contract: `interval_ms`, `session_ms` and `ladder_ms`
are the longest that the host may still run, and so what a failover counts by. It has no lease, for
failovers read it when the session is gone. `incarnation` tells whether it is of this life of etcd:
terms of another one say nothing, and the longest there are count. `told_ms` and `version` are what
the host is told.
"""

import json
from datetime import timedelta
from functools import lru_cache

from qvdc_node.domain.terms import BEATS_IN_A_SESSION, Grant, Terms

_MS = timedelta(milliseconds=1)


def grant_to_key(grant: Grant, incarnation: str) -> bytes:
    """Write the value of the terms' key."""
    return json.dumps(
        {
            "interval_ms": grant.lease // BEATS_IN_A_SESSION // _MS,
            "session_ms": grant.lease // _MS,
            "ladder_ms": grant.ladder // _MS,
            "told_ms": grant.told.interval // _MS,
            "version": grant.version,
            "incarnation": incarnation,
        }
    ).encode()


def grant_from_key(value: bytes, incarnation: str) -> Grant | None:
    """Read it; None when it is of another life of etcd, or something else."""
    try:
        said = json.loads(value)
        if said["incarnation"] != incarnation:
            return None
        return Grant(
            told=Terms(int(said["told_ms"]) * _MS),
            version=int(said["version"]),
            lease=int(said["session_ms"]) * _MS,
            ladder=int(said["ladder_ms"]) * _MS,
        )
    except (ValueError, KeyError, TypeError):
        return None


def lease_from_key(value: str) -> timedelta | None:
    """Read how long the host's sessions live, of whatever life of etcd."""
    try:
        return int(json.loads(value)["session_ms"]) * _MS
    except (ValueError, KeyError, TypeError):
        return None


def grant_to_text(grant: Grant) -> str:
    """Write the terms as a session's key carries them: one read then shows both."""
    parts = (grant.told.interval, grant.lease, grant.ladder)
    return " ".join([str(grant.version), *(str(each // _MS) for each in parts)])


@lru_cache(maxsize=1024)
def grant_from_text(text: str) -> Grant | None:
    """Read what `grant_to_text` wrote; None for something else. Most hosts have the same."""
    try:
        version, told, lease, ladder = (int(each) for each in text.split())
    except ValueError:
        return None
    return Grant(Terms(told * _MS), version, lease * _MS, ladder * _MS)
