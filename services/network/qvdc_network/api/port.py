"""quantix.network.v1.PortService."""

from collections.abc import AsyncGenerator

from google.protobuf.empty_pb2 import Empty

from quantix.network.v1 import port_pb2 as pb
from qvdc_core.event import WatchItem, WatchKind
from qvdc_core.page import PageRequest
from qvdc_network.api.convert import port_name
from qvdc_network.api.convert_port import draft_of, filter_of, port_to_wire
from qvdc_network.domain.port import Port
from qvdc_network.usecases.port import Ports
from qvdc_rpc.context import RequestContext
from qvdc_rpc.event_service import watch_kind
from qvdc_rpc.request_key import request_key

PORT_SERVICE = pb.DESCRIPTOR.services_by_name["PortService"]


class PortServicer:
    """Ports on the wire."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def create_port(self, request: pb.CreatePortRequest, ctx: RequestContext) -> pb.Port:
        """Create a port with its addresses."""
        port = await self._ports.create(
            draft_of(request.port),
            port_id=request.port_id,
            key=request_key(request, ctx),
            actor=ctx.caller,
            validate_only=request.validate_only,
        )
        return port_to_wire(port)

    async def get_port(self, request: pb.GetPortRequest, _ctx: RequestContext) -> pb.Port:
        """Read one port."""
        return port_to_wire(await self._ports.get(port_name(request.name)))

    async def list_ports(
        self, request: pb.ListPortsRequest, _ctx: RequestContext
    ) -> pb.ListPortsResponse:
        """One page, by id."""
        page = await self._ports.page(
            filter_of(request), PageRequest.of(request.page_size, request.page_token)
        )
        return pb.ListPortsResponse(
            ports=[port_to_wire(port) for port in page.items], next_page_token=page.next_token
        )

    async def delete_port(self, request: pb.DeletePortRequest, ctx: RequestContext) -> Empty:
        """Delete a port and free its addresses."""
        await self._ports.delete(
            port_name(request.name),
            etag=request.etag,
            key=request_key(request, ctx),
            actor=ctx.caller,
            validate_only=request.validate_only,
        )
        return Empty()

    async def watch_ports(
        self, request: pb.WatchPortsRequest, _ctx: RequestContext
    ) -> AsyncGenerator[pb.WatchPortsResponse, None]:
        """All ports, then each change."""
        async for item in self._ports.watch(resume_token=request.resume_token):
            yield pb.WatchPortsResponse(
                kind=watch_kind(item.kind), port=_shown(item), resume_token=item.token
            )


def _shown(item: WatchItem[Port]) -> pb.Port | None:
    if item.value is not None:
        return port_to_wire(item.value)
    return pb.Port(name=item.name, uid=item.uid) if item.kind is WatchKind.DELETED else None
