"""Fencing a host: the transaction that excludes its session (a published contract of keys)."""

import json
from datetime import timedelta

from qvdc_coord.client import Etcd
from qvdc_coord.fenced import fenced_txn
from qvdc_coord.keys import INCARNATION, fenced_key, session_key, terms_key
from qvdc_coord.txn import Put, absent, value_is
from qvdc_core.fence import Fence

LONGEST_LADDER = timedelta(seconds=184)
"""The end of the ladder under the slowest terms that hosts are ever told."""


async def longest_ladder(etcd: Etcd, uid: str, *, incarnation: str) -> timedelta:
    """Return the end of the longest ladder that the host may still run (L of a proof by time).

    Read it after the fence: until then the host may be told longer terms. Terms of another life of
    etcd say nothing of what the host was told last, so the longest there are count.

    Raises:
        EtcdUnavailable: no endpoint answered.
    """
    found = await etcd.get(terms_key(uid))
    try:
        said = json.loads(found.value) if found is not None else {}
        if said["incarnation"] != incarnation:
            return LONGEST_LADDER
        return timedelta(milliseconds=int(said["ladder_ms"]))
    except (ValueError, KeyError, TypeError):
        return LONGEST_LADDER


async def fence_host(
    etcd: Etcd, fence: Fence, *, uid: str, incident: str, incarnation: str
) -> int | None:
    """Put the host's `fenced` key unless it has a session; return the revision, or None.

    It and the grant of a session exclude each other: whoever commits first decides. None: the host
    has a session, is fenced already, or another life of etcd has begun; look again from the start.

    Raises:
        StaleFence: another leads the loop; nothing was written.
        EtcdUnavailable: it is unknown whether it happened; do it again.
    """
    key = fenced_key(uid)
    alone = [absent(session_key(uid)), absent(key), value_is(INCARNATION, incarnation.encode())]
    result = await fenced_txn(etcd, fence, alone, [Put(key, incident.encode())])
    return result.revision if result.succeeded else None
