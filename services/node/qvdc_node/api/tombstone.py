"""quantix.node.v1.TombstoneService."""

from google.protobuf.empty_pb2 import Empty

from quantix.node.v1 import tombstone_pb2 as pb
from qvdc_core.page import PageRequest
from qvdc_node.api.convert import timestamp
from qvdc_node.domain.node import Tombstone
from qvdc_node.usecases.tombstone import TombstonesUseCase
from qvdc_rpc.context import RequestContext
from qvdc_rpc.request_key import request_key

TOMBSTONE_SERVICE = pb.DESCRIPTOR.services_by_name["TombstoneService"]


class TombstoneServicer:
    """Turns the wire into verbs of tombstones and back."""

    def __init__(self, tombstones: TombstonesUseCase) -> None:
        self._tombstones = tombstones

    async def get_tombstone(
        self, request: pb.GetTombstoneRequest, _ctx: RequestContext
    ) -> pb.Tombstone:
        """Read one tombstone."""
        return _to_wire(await self._tombstones.get(request.name))

    async def list_tombstones(
        self, request: pb.ListTombstonesRequest, _ctx: RequestContext
    ) -> pb.ListTombstonesResponse:
        """Read a page of tombstones."""
        page = await self._tombstones.page(
            request.query, PageRequest.of(request.page_size, request.page_token)
        )
        return pb.ListTombstonesResponse(
            tombstones=[_to_wire(stone) for stone in page.items], next_page_token=page.next_token
        )

    async def readmit_tombstone(
        self, request: pb.ReadmitTombstoneRequest, ctx: RequestContext
    ) -> pb.Tombstone:
        """Let a removed host come back."""
        stone = await self._tombstones.readmit(
            request.name,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return _to_wire(stone)

    async def delete_tombstone(
        self, request: pb.DeleteTombstoneRequest, ctx: RequestContext
    ) -> Empty:
        """Forget a removed host."""
        await self._tombstones.delete(
            request.name,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return Empty()


def _to_wire(stone: Tombstone) -> pb.Tombstone:
    return pb.Tombstone(
        name=stone.name,
        machine_uuid=stone.uid,
        node_id=stone.id,
        key_fingerprint=stone.key_fingerprint,
        removed_by=stone.removed_by,
        remove_time=timestamp(stone.remove_time),
        reason=stone.reason,
        readmitted=stone.readmitted,
    )
