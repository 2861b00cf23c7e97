"""quantix.node.v1.StoragePoolService."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from google.protobuf.message import Message

from quantix.node.v1 import storage_pool_pb2 as pb
from quantix.operation.v1 import operation_pb2
from qvdc_core.clock import Clock
from qvdc_core.event import WatchKind
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_node.api.convert import timestamp
from qvdc_node.api.convert_pool import (
    device_to_wire,
    file_to_wire,
    filter_of,
    intent_of,
    pool_to_wire,
    wish_of,
)
from qvdc_node.usecases.pool import PoolChange, PoolsUseCase
from qvdc_node.usecases.pool_assignment import PoolAssignmentUseCase, PoolOrder
from qvdc_node.usecases.pool_files import PoolFilesUseCase
from qvdc_rpc.context import RequestContext
from qvdc_rpc.event_service import watch_kind
from qvdc_rpc.field_mask import masked_paths
from qvdc_rpc.operation_service import operation_to_wire
from qvdc_rpc.request_key import request_key

STORAGE_POOL_SERVICE = pb.DESCRIPTOR.services_by_name["StoragePoolService"]


class _Verb(Protocol):
    """What every verb on a pool carries."""

    name: str
    etag: str
    validate_only: bool


class StoragePoolServicer:
    """Turns the wire into verbs of storage pools and back."""

    def __init__(
        self,
        pools: PoolsUseCase,
        assignment: PoolAssignmentUseCase,
        files: PoolFilesUseCase,
        clock: Clock,
    ) -> None:
        self._pools = pools
        self._assignment = assignment
        self._files = files
        self._clock = clock

    async def create_storage_pool(
        self, request: pb.CreateStoragePoolRequest, ctx: RequestContext
    ) -> pb.StoragePool:
        """Make a pool."""
        seen = await self._pools.create(
            wish_of(request),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return pool_to_wire(seen)

    async def get_storage_pool(
        self, request: pb.GetStoragePoolRequest, _ctx: RequestContext
    ) -> pb.StoragePool:
        """Read one pool."""
        return pool_to_wire(await self._pools.get(_name(request.name)))

    async def list_storage_pools(
        self, request: pb.ListStoragePoolsRequest, _ctx: RequestContext
    ) -> pb.ListStoragePoolsResponse:
        """Read a page of pools."""
        page = await self._pools.page(
            filter_of(request), PageRequest.of(request.page_size, request.page_token)
        )
        return pb.ListStoragePoolsResponse(
            storage_pools=[pool_to_wire(seen) for seen in page.items],
            next_page_token=page.next_token,
        )

    async def update_storage_pool(
        self, request: pb.UpdateStoragePoolRequest, ctx: RequestContext
    ) -> pb.StoragePool:
        """Change what is wanted of a pool."""
        mask = request.update_mask if request.HasField("update_mask") else None
        change = PoolChange(
            intent_of(request.storage_pool), masked_paths(mask, request.storage_pool)
        )
        seen = await self._pools.update(
            _name(request.storage_pool.name, field="storage_pool.name"),
            change,
            etag=request.storage_pool.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return pool_to_wire(seen)

    async def delete_storage_pool(
        self, request: pb.DeleteStoragePoolRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Let every host let it go, then remove it."""
        order = _order(request, request, (), ctx, wipe=request.wipe)
        return operation_to_wire(await self._assignment.delete(order), now=self._clock.now())

    async def assign_storage_pool(
        self, request: pb.AssignStoragePoolRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Give it to nodes."""
        order = _order(request, request, request.nodes, ctx)
        return operation_to_wire(await self._assignment.assign(order), now=self._clock.now())

    async def unassign_storage_pool(
        self, request: pb.UnassignStoragePoolRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Take it from nodes."""
        order = _order(request, request, request.nodes, ctx)
        return operation_to_wire(await self._assignment.unassign(order), now=self._clock.now())

    async def reconnect_storage_pool(
        self, request: pb.ReconnectStoragePoolRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Let hosts look at it anew."""
        order = _order(request, request, request.nodes, ctx)
        return operation_to_wire(await self._assignment.reconnect(order), now=self._clock.now())

    async def rescan_storage_pool(
        self, request: pb.RescanStoragePoolRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Let hosts list its files anew."""
        order = _order(request, request, request.nodes, ctx)
        return operation_to_wire(await self._assignment.rescan(order), now=self._clock.now())

    async def list_storage_pool_files(
        self, request: pb.ListStoragePoolFilesRequest, _ctx: RequestContext
    ) -> pb.ListStoragePoolFilesResponse:
        """Read a page of its files."""
        found = await self._files.files(
            _name(request.name),
            node=request.node,
            orphans_only=request.orphans_only,
            page=PageRequest.of(request.page_size, request.page_token),
        )
        return pb.ListStoragePoolFilesResponse(
            files=[file_to_wire(each) for each in found.page.items],
            next_page_token=found.page.next_token,
            truncated_nodes=found.truncated,
            observe_time=timestamp(found.observe_time),
        )

    async def list_storage_devices(
        self, request: pb.ListStorageDevicesRequest, _ctx: RequestContext
    ) -> pb.ListStorageDevicesResponse:
        """Read a page of hosts' disks."""
        page = await self._files.devices(
            request.node, PageRequest.of(request.page_size, request.page_token)
        )
        return pb.ListStorageDevicesResponse(
            devices=[device_to_wire(each) for each in page.items],
            next_page_token=page.next_token,
        )

    async def watch_storage_pools(
        self, request: pb.WatchStoragePoolsRequest, _ctx: RequestContext
    ) -> AsyncGenerator[pb.WatchStoragePoolsResponse, None]:
        """Stream pools: all of them, then each change."""
        async for item in self._pools.watch(resume_token=request.resume_token):
            pool = pool_to_wire(item.value) if item.value is not None else None
            if item.kind is WatchKind.DELETED:
                pool = pb.StoragePool(name=item.name, uid=item.uid)
            yield pb.WatchStoragePoolsResponse(
                kind=watch_kind(item.kind), storage_pool=pool, resume_token=item.token
            )


def _order(
    verb: _Verb, request: Message, nodes: Sequence[str], ctx: RequestContext, *, wipe: str = ""
) -> PoolOrder:
    return PoolOrder(
        name=_name(verb.name),
        nodes=tuple(nodes),
        etag=verb.etag,
        actor=ctx.caller,
        key=request_key(request, ctx),
        validate_only=verb.validate_only,
        wipe=wipe,
    )


def _name(text: str, *, field: str = "name") -> str:
    return str(Name.parse(text, "storage-pools", field=field))
