"""Transactions as values: what must hold, and what is then done."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aetcd.rpc import kv_pb2, rpc_pb2


@dataclass(frozen=True, slots=True)
class KeyValue:
    """A key as one revision of etcd holds it. `lease` is 0 when it hangs on none."""

    key: str
    value: bytes
    create_revision: int
    mod_revision: int
    lease: int


@dataclass(frozen=True, slots=True)
class Put:
    """Store `value` under `key`; it vanishes with `lease` unless that is 0."""

    key: str
    value: bytes
    lease: int = 0


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove `key`; nothing happens where there is none."""

    key: str


@dataclass(frozen=True, slots=True)
class DeletePrefix:
    """Remove every key that begins with `prefix`."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Get:
    """Read `key`; the answer holds it or nothing."""

    key: str


@dataclass(frozen=True, slots=True)
class GetPrefix:
    """Read every key that begins with `prefix`."""

    prefix: str


Op = Put | Delete | DeletePrefix | Get | GetPrefix


@dataclass(frozen=True, slots=True)
class Compare:
    """One condition of a transaction; made by the functions below."""

    key: str
    create_revision: int | None = None
    mod_revision: int | None = None
    lease: int | None = None
    value: bytes | None = None


def absent(key: str) -> Compare:
    """Hold only if there is no `key`."""
    return Compare(key, create_revision=0)


def created_at(key: str, revision: int) -> Compare:
    """Hold only if `key` is the one that was created at `revision`."""
    return Compare(key, create_revision=revision)


def unchanged(key: str, mod_revision: int) -> Compare:
    """Hold only if `key` was last written at `mod_revision`."""
    return Compare(key, mod_revision=mod_revision)


def under_lease(key: str, lease: int) -> Compare:
    """Hold only if `key` hangs on `lease`."""
    return Compare(key, lease=lease)


def value_is(key: str, value: bytes) -> Compare:
    """Hold only if `key` holds exactly `value`."""
    return Compare(key, value=value)


@dataclass(frozen=True, slots=True)
class TxnResult:
    """How a transaction ended.

    `revision` is etcd's after it: the create_revision of what it created. `found`
    has, for each operation of the branch taken, the keys read (none for writes).
    """

    succeeded: bool
    revision: int
    found: tuple[tuple[KeyValue, ...], ...]


def prefix_end(prefix: str) -> bytes:
    """Return the first key after all those that begin with `prefix`."""
    raw = prefix.encode()
    return raw[:-1] + bytes([raw[-1] + 1])


def to_wire_compare(condition: Compare) -> Any:
    """Return `condition` as etcd's message."""
    wire = rpc_pb2.Compare(key=condition.key.encode(), result=rpc_pb2.Compare.EQUAL)
    if condition.create_revision is not None:
        wire.target = rpc_pb2.Compare.CREATE
        wire.create_revision = condition.create_revision
    elif condition.mod_revision is not None:
        wire.target = rpc_pb2.Compare.MOD
        wire.mod_revision = condition.mod_revision
    elif condition.lease is not None:
        wire.target = rpc_pb2.Compare.LEASE
        wire.lease = condition.lease
    else:
        wire.target = rpc_pb2.Compare.VALUE
        wire.value = condition.value or b""
    return wire


def to_wire_op(op: Op) -> Any:
    """Return `op` as etcd's message."""
    match op:
        case Put(key, value, lease):
            put = rpc_pb2.PutRequest(key=key.encode(), value=value, lease=lease)
            return rpc_pb2.RequestOp(request_put=put)
        case Delete(key):
            gone = rpc_pb2.DeleteRangeRequest(key=key.encode())
            return rpc_pb2.RequestOp(request_delete_range=gone)
        case DeletePrefix(prefix):
            gone = rpc_pb2.DeleteRangeRequest(key=prefix.encode(), range_end=prefix_end(prefix))
            return rpc_pb2.RequestOp(request_delete_range=gone)
        case Get(key):
            return _get_to_wire(key)
        case GetPrefix(prefix):
            wanted = rpc_pb2.RangeRequest(key=prefix.encode(), range_end=prefix_end(prefix))
            return rpc_pb2.RequestOp(request_range=wanted)


@lru_cache(maxsize=1 << 14)
def _get_to_wire(key: str) -> Any:
    """Kept, since the same keys are read with each beat of each host; nobody changes it."""
    return rpc_pb2.RequestOp(request_range=rpc_pb2.RangeRequest(key=key.encode()))


def from_wire_kv(wire: kv_pb2.KeyValue) -> KeyValue:
    """Return etcd's message as a value."""
    return KeyValue(
        key=wire.key.decode(),
        value=bytes(wire.value),
        create_revision=int(wire.create_revision),
        mod_revision=int(wire.mod_revision),
        lease=int(wire.lease),
    )


def from_wire_txn(wire: Any) -> TxnResult:
    """Return etcd's answer as a value."""
    found = tuple(
        tuple(from_wire_kv(kv) for kv in response.response_range.kvs) for response in wire.responses
    )
    return TxnResult(bool(wire.succeeded), int(wire.header.revision), found)
