"""Hosts whose certificates open nothing any more: published by the node service, read by all.

The identity is revoked, not one serial: whatever certificate names a removed host is refused. While
etcd is away what was read last counts.
"""

from collections.abc import Mapping
from contextlib import aclosing

from qvdc_coord.client import Etcd, Snapshot
from qvdc_coord.fenced import fenced_txn
from qvdc_coord.keys import REVOKED, revoked_key
from qvdc_coord.txn import Delete, Op, Put
from qvdc_coord.watch import Changed, Removed, watch_prefix
from qvdc_core.fence import Fence

BATCH = 100
"""Operations of one transaction; etcd takes 128."""


class Revocations:
    """A memory of the revoked hosts, followed by a watch."""

    def __init__(self, etcd: Etcd) -> None:
        self._etcd = etcd
        self._revoked: dict[str, str] = {}

    async def run(self) -> None:
        """Follow the keys. Never ends."""
        async with aclosing(watch_prefix(self._etcd, REVOKED)) as events:
            async for event in events:
                match event:
                    case Snapshot(_, kvs):
                        self._revoked = {
                            kv.key.removeprefix(REVOKED): kv.value.decode() for kv in kvs
                        }
                    case Changed(kv):
                        self._revoked[kv.key.removeprefix(REVOKED)] = kv.value.decode()
                    case Removed(key, _):
                        self._revoked.pop(key.removeprefix(REVOKED), None)

    def why(self, uid: str) -> str | None:
        """Return the reason for which the host's certificates are refused; None if they are not."""
        return self._revoked.get(uid)


async def publish_revoked(etcd: Etcd, fence: Fence, wanted: Mapping[str, str]) -> int:
    """Make `wanted`, uid -> reason, all that is revoked; return how many keys changed.

    Raises:
        StaleFence: another leads the loop.
        EtcdUnavailable: some of it may have happened; do it again.
    """
    there = {kv.key: kv.value for kv in (await etcd.range(REVOKED)).kvs}
    keys = {revoked_key(uid): reason.encode() for uid, reason in wanted.items()}
    changes: list[Op] = [Put(key, value) for key, value in keys.items() if there.get(key) != value]
    changes += [Delete(key) for key in there if key not in keys]
    for place in range(0, len(changes), BATCH):
        await fenced_txn(etcd, fence, [], changes[place : place + BATCH])
    return len(changes)
