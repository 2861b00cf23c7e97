"""Writes to etcd that only the present leader of a loop can make."""

from collections.abc import Sequence
from datetime import timedelta

from qvdc_coord.client import DEFAULT_TIMEOUT, Etcd
from qvdc_coord.keys import leader_key
from qvdc_coord.txn import Compare, Get, Op, TxnResult, created_at
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence


async def fenced_txn(
    etcd: Etcd,
    fence: Fence,
    compare: Sequence[Compare],
    success: Sequence[Op],
    failure: Sequence[Op] = (),
    *,
    timeout: timedelta = DEFAULT_TIMEOUT,
) -> TxnResult:
    """Run a transaction that happens only while `fence` holds its leader key.

    The answer's `found` is that of `success` or `failure`.

    Raises:
        StaleFence: another leads, or nobody; neither branch happened. The caller must
            only read in `failure`.
        EtcdUnavailable: it is unknown whether it happened.
    """
    key = leader_key(fence.loop)
    result = await etcd.txn(
        [created_at(key, fence.revision), *compare], success, [Get(key), *failure], timeout=timeout
    )
    if result.succeeded:
        return result
    holder = result.found[0][0] if result.found[0] else None
    if holder is None or holder.create_revision != fence.revision:
        raise StaleFence(fence.loop, fence, holder.create_revision if holder else "nobody")
    return TxnResult(succeeded=False, revision=result.revision, found=result.found[1:])
