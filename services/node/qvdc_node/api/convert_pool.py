"""Between the wire and the domain of storage pools; total functions."""

from quantix.node.v1 import storage_pool_pb2 as pb
from qvdc_core.errors import InvalidField
from qvdc_node.api.convert import timestamp
from qvdc_node.api.fields import chosen, present, suffix
from qvdc_node.domain.pool import (
    DEFAULT_RATIO,
    DEFAULT_RESERVE_PERCENT,
    Content,
    PoolIntent,
    PoolPhase,
    PoolType,
    Provisioning,
)
from qvdc_node.domain.pool_file import Device, ListedFile
from qvdc_node.domain.pool_sight import NodeStanding
from qvdc_node.ports.pools import PoolFilter
from qvdc_node.usecases.pool import PoolWish, SeenPool


def wish_of(request: pb.CreateStoragePoolRequest) -> PoolWish:
    """Read what is asked of a new pool.

    Raises:
        InvalidField: it does not say of which type.
    """
    wire = request.storage_pool
    if wire.type == pb.StoragePool.TYPE_UNSPECIFIED:
        raise InvalidField("storage_pool.type", "must be said")
    return PoolWish(
        id=request.storage_pool_id,
        type=type_of(wire.type),
        path=wire.path,
        intent=intent_of(wire),
        nodes=tuple(request.nodes),
    )


def intent_of(wire: pb.StoragePool) -> PoolIntent:
    """Read what people want; what is left out is the default."""
    default = chosen(
        present(wire, "default_provisioning", wire.default_provisioning),
        pb.StoragePool.PROVISIONING_THIN,
    )
    return PoolIntent(
        display_name=present(wire, "display_name", wire.display_name),
        description=present(wire, "description", wire.description),
        labels=dict(wire.labels),
        content=tuple(
            Content(suffix(pb.StoragePool.Content.Name(each), "CONTENT_")) for each in wire.content
        ),
        overprovision_ratio=chosen(
            present(wire, "overprovision_ratio", wire.overprovision_ratio), DEFAULT_RATIO
        ),
        reserve_percent=chosen(
            present(wire, "reserve_percent", wire.reserve_percent), DEFAULT_RESERVE_PERCENT
        ),
        default_provisioning=provisioning_of(default) or Provisioning.THIN,
    )


def filter_of(wire: pb.ListStoragePoolsRequest) -> PoolFilter:
    """Read which pools are asked for."""
    return PoolFilter(
        name_prefix=wire.name_prefix,
        labels=tuple(sorted(wire.labels.items())),
        query=wire.query,
        node=wire.node,
        types=tuple(type_of(each) for each in wire.types),
        phases=tuple(
            PoolPhase(suffix(pb.StoragePool.Phase.Name(each), "PHASE_")) for each in wire.phases
        ),
    )


def type_of(wire: int) -> PoolType:
    """Read a type; it is said."""
    return PoolType(suffix(pb.StoragePool.Type.Name(wire), "TYPE_"))


def provisioning_of(wire: int) -> Provisioning | None:
    """Read how a disk takes its room; None for unspecified."""
    if wire == pb.StoragePool.PROVISIONING_UNSPECIFIED:
        return None
    return Provisioning(suffix(pb.StoragePool.Provisioning.Name(wire), "PROVISIONING_"))


def pool_to_wire(seen: SeenPool) -> pb.StoragePool:
    """Write a pool."""
    pool, standing = seen.pool, seen.standing
    assigned = [
        each.holding.node for each in standing.nodes if not each.holding.assignment.releasing
    ]
    return pb.StoragePool(
        name=pool.name,
        uid=pool.uid,
        display_name=pool.intent.display_name,
        description=pool.intent.description,
        labels=pool.intent.labels,
        etag=pool.etag,
        generation=pool.generation,
        create_time=timestamp(pool.create_time),
        update_time=timestamp(pool.update_time),
        type=f"TYPE_{pool.type.value}",
        path=pool.path,
        content=[f"CONTENT_{each.value}" for each in pool.intent.content],
        overprovision_ratio=pool.intent.overprovision_ratio,
        reserve_percent=pool.intent.reserve_percent,
        default_provisioning=f"PROVISIONING_{pool.intent.default_provisioning.value}",
        assigned_nodes=assigned,
        phase=f"PHASE_{standing.phase.value}",
        phase_reason=standing.reason,
        node_states=[_on_node_to_wire(each) for each in standing.nodes],
        capacity_bytes=standing.capacity_bytes,
        available_bytes=standing.available_bytes,
        claimed_bytes=standing.claimed_bytes,
        claim_count=standing.claim_count,
    )


def _on_node_to_wire(on_node: NodeStanding) -> pb.PoolOnNode:
    holding = on_node.holding
    sight = holding.sight
    return pb.PoolOnNode(
        node=holding.node,
        node_uid=holding.node_uid,
        state=f"STATE_{on_node.state.value}",
        reason=on_node.reason,
        error=on_node.error,
        path="" if sight is None else sight.path,
        capacity_bytes=on_node.capacity_bytes,
        available_bytes=on_node.available_bytes,
        latency_microseconds=None if sight is None or on_node.stale else sight.latency_us,
        claimed_bytes=on_node.claimed_bytes,
        since_time=timestamp(None if sight is None or on_node.stale else sight.since),
        observe_time=timestamp(None if sight is None else holding.told_at),
        stale=on_node.stale,
        releasing=holding.assignment.releasing,
        wanted_generation=holding.assignment.generation,
        observed_generation=0 if sight is None else sight.generation,
    )


def file_to_wire(listed: ListedFile) -> pb.StoragePoolFile:
    """Write a file beside its claim."""
    found = listed.found
    return pb.StoragePoolFile(
        node=listed.node,
        path=found.path,
        kind=f"KIND_{found.kind.value}",
        size_bytes=found.size_bytes,
        allocated_bytes=found.allocated_bytes,
        modify_time=timestamp(found.modify_time),
        owner=listed.owner,
        owner_uid=found.owner_uid,
        disk_id=found.disk_id,
        orphan=listed.orphan,
        claimed_bytes=listed.claimed_bytes,
    )


def device_to_wire(device: Device) -> pb.StorageDevice:
    """Write a disk of a host."""
    return pb.StorageDevice(
        node=device.node,
        path=device.path,
        stable_id=device.stable_id,
        model=device.model,
        size_bytes=device.size_bytes,
        observe_time=timestamp(device.observe_time),
        stale=device.stale,
    )
