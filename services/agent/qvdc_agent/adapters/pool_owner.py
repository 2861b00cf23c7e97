"""Tells the node service what this host sees of its storage pools."""

from collections.abc import Sequence
from datetime import timedelta

from quantix.host.v1 import pool_sync_pb2 as wire
from quantix.host.v1.pool_sync_pb2_grpc import PoolSyncServiceStub
from quantix.node.v1 import storage_pool_pb2
from qvdc_agent.domain.pool import FileKind, Nonces, ObservedPool, PoolFiles, PoolState
from qvdc_agent.domain.refusals import OwnerUnknown
from qvdc_agent.ports import Standing
from qvdc_core.clock import Clock
from qvdc_core.units import MIB
from qvdc_rpc.dial import Dialer, call
from qvdc_rpc.tls import service_name

REPORT_DEADLINE = timedelta(seconds=5)
MAX_ERROR_LETTERS, MAX_PATH_LETTERS = 2048, 1024
MAX_DISK_ID_LETTERS = 32
MOST_FILE_BYTES = 3 * MIB
"""Of lists of files in one report: a message has an end, and some pools have many files."""

_STATES = {
    PoolState.MOUNTING: storage_pool_pb2.PoolOnNode.STATE_MOUNTING,
    PoolState.HEALTHY: storage_pool_pb2.PoolOnNode.STATE_HEALTHY,
    PoolState.DEGRADED: storage_pool_pb2.PoolOnNode.STATE_DEGRADED,
    PoolState.ERROR: storage_pool_pb2.PoolOnNode.STATE_ERROR,
    PoolState.UNMOUNTED: storage_pool_pb2.PoolOnNode.STATE_UNMOUNTED,
}
_KINDS = {
    FileKind.DISK: storage_pool_pb2.StoragePoolFile.KIND_DISK,
    FileKind.IMAGE: storage_pool_pb2.StoragePoolFile.KIND_IMAGE,
    FileKind.OTHER: storage_pool_pb2.StoragePoolFile.KIND_OTHER,
}


class NodePools:
    """The PoolOwner over the mesh."""

    def __init__(self, dialer: Dialer, clock: Clock) -> None:
        self._dialer = dialer
        self._clock = clock

    async def report(
        self, standing: Standing, pools: Sequence[ObservedPool], *, full: bool, state_hash: str
    ) -> bool:
        """Tell what is seen of pools; whether it wants everything, also since it sees another."""
        addresses = standing.endpoints.get("node", ())
        if not addresses:
            raise OwnerUnknown("node")
        channel = self._dialer.channel(addresses, name=service_name("node"))
        room = _Room(MOST_FILE_BYTES)
        request = wire.ReportPoolsRequest(
            node_uid=standing.node_uid,
            boot_id=standing.boot,
            boottime_milliseconds=int(self._clock.boottime() * 1000),
            full=full,
            pools=[observed_to_wire(each, room) for each in pools],
            state_hash=state_hash,
        )
        stub = PoolSyncServiceStub(channel)
        answer = await call(stub.ReportPools, request, timeout=REPORT_DEADLINE)
        return answer.request_full_sync or answer.state_hash not in ("", state_hash)


class _Room:
    """What is left for lists of files."""

    def __init__(self, left_bytes: int) -> None:
        self._left = left_bytes

    def take(self, size_bytes: int) -> bool:
        """Whether so much was left; it is taken."""
        self._left -= size_bytes
        return self._left >= 0


def observed_to_wire(observed: ObservedPool, room: _Room | None = None) -> wire.ObservedPool:
    """An observed pool as the contract has it; files beyond `room` are left out, and said to be."""
    seen, pool = observed.observation, observed.pool
    message = wire.ObservedPool(
        pool_uid=pool.uid,
        generation=seen.generation,
        state=_STATES[seen.state],
        reason=seen.reason,
        error=_text(seen.error)[:MAX_ERROR_LETTERS],
        path=_text(observed.path)[:MAX_PATH_LETTERS],
        change_count=observed.change_count,
        reconnect_count=pool.reconnect_count,
        rescan_count=pool.rescan_count,
    )
    health = seen.health
    if health is not None:
        message.capacity_bytes = health.capacity_bytes
        message.available_bytes = health.free_bytes
        if health.write_seconds is not None:
            message.latency_microseconds = int(health.write_seconds * 1_000_000)
        if health.nonces is not None:
            message.probe.CopyFrom(_probe(health.nonces))
    if observed.files is not None:
        message.files.CopyFrom(_files(observed.files, room or _Room(MOST_FILE_BYTES)))
    return message


def _probe(nonces: Nonces) -> wire.SamenessProbe:
    return wire.SamenessProbe(
        nonce=nonces.own,
        previous_nonce=nonces.previous,
        seen=[wire.SeenNonce(node_uid=each.node_uid, nonce=each.nonce) for each in nonces.seen],
    )


def _text(words: str) -> str:
    """What may go into a message: names on disks are bytes, and need be no text."""
    return words.encode(errors="surrogateescape").decode(errors="replace")


def _files(found: PoolFiles, room: _Room) -> wire.PoolFiles:
    message = wire.PoolFiles(truncated=found.truncated)
    message.scan_time.FromDatetime(found.scanned)
    for file in found.files:
        told = wire.PoolFile(
            path=_text(file.path)[:MAX_PATH_LETTERS],
            kind=_KINDS[file.kind],
            size_bytes=file.size_bytes,
            allocated_bytes=file.allocated_bytes,
            owner_uid=file.owner_uid,
            disk_id=_text(file.disk_id)[:MAX_DISK_ID_LETTERS],
        )
        told.modify_time.FromDatetime(file.modified)
        if not room.take(told.ByteSize()):
            message.truncated = True
            break
        message.files.append(told)
    return message
