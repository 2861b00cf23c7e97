"""Watches that survive a restart, a compaction and an emptied etcd."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc.aio
from aetcd.rpc import kv_pb2, rpc_pb2

from qvdc_coord.client import Etcd, Snapshot
from qvdc_coord.errors import EtcdUnavailable
from qvdc_coord.txn import KeyValue, from_wire_kv, prefix_end
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
_CONNECT_WITHIN = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Changed:
    """A key was written."""

    kv: KeyValue


@dataclass(frozen=True, slots=True)
class Removed:
    """A key was deleted, or its lease ended."""

    key: str
    revision: int


Event = Snapshot | Changed | Removed


async def watch_prefix(
    etcd: Etcd, prefix: str, *, on_gap: Callable[[], None] = lambda: None
) -> AsyncGenerator[Event, None]:
    """Yield a Snapshot of `prefix`, then every change after it, for ever.

    Whenever continuity cannot be proven (etcd restarted, compacted, emptied, changed its
    leader) another Snapshot comes: what it does not hold is gone. Waits while etcd is away;
    `on_gap` is called when that begins.
    """
    attempt = 0
    while True:
        try:
            async with aclosing(_one_life(etcd, prefix)) as life:
                async for event in life:
                    attempt = 0
                    yield event
        except EtcdUnavailable as error:
            log.info("watch.broken", prefix=prefix, cause=error.cause)
            on_gap()
        attempt = min(attempt + 1, 6)
        pause = 0.05 * 2**attempt
        await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter


async def _one_life(etcd: Etcd, prefix: str) -> AsyncGenerator[Event, None]:
    snapshot = await etcd.range(prefix)
    yield snapshot
    connection, metadata = await etcd.connection(_CONNECT_WITHIN)
    request = rpc_pb2.WatchRequest(
        create_request=rpc_pb2.WatchCreateRequest(
            key=prefix.encode(),
            range_end=prefix_end(prefix),
            start_revision=snapshot.revision + 1,
        )
    )
    call = connection.watch.Watch(metadata=metadata)
    try:
        await call.write(request)
        async for answer in call:
            _require_unbroken(answer, snapshot.revision)
            for event in answer.events:
                yield _event(event)
    except grpc.aio.AioRpcError as error:
        etcd.distrust(connection)
        raise EtcdUnavailable(error.details() or error.code().name) from error
    finally:
        call.cancel()


def _require_unbroken(answer: Any, since: int) -> None:
    if answer.canceled:
        raise EtcdUnavailable(answer.cancel_reason or f"compacted before {answer.compact_revision}")
    if answer.created and answer.header.revision < since:
        # A member that lags will catch up, an emptied etcd will not: a snapshot settles it.
        raise EtcdUnavailable("etcd is behind what it has shown before")


def _event(wire: Any) -> Event:
    if wire.type == kv_pb2.Event.DELETE:
        return Removed(wire.kv.key.decode(), int(wire.kv.mod_revision))
    return Changed(from_wire_kv(wire.kv))
