"""Fencing a host: the transaction that excludes its session (a published contract of keys)."""

from qvdc_coord.client import Etcd
from qvdc_coord.fenced import fenced_txn
from qvdc_coord.keys import INCARNATION, fenced_key, session_key
from qvdc_coord.txn import Put, absent, value_is
from qvdc_core.fence import Fence


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
