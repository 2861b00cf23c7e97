"""quantix.network.v1.NetworkService."""

from collections.abc import AsyncGenerator

from google.protobuf.empty_pb2 import Empty

from quantix.network.v1 import network_pb2 as pb
from qvdc_core.clock import Clock
from qvdc_core.event import WatchKind
from qvdc_core.page import PageRequest
from qvdc_network.api.convert import network_name
from qvdc_network.api.convert_network import (
    address_to_wire,
    draft_of,
    filter_of,
    network_to_wire,
)
from qvdc_network.domain.network import Network
from qvdc_network.usecases.network import Networks
from qvdc_rpc.context import RequestContext
from qvdc_rpc.event_service import watch_kind
from qvdc_rpc.field_mask import masked_paths
from qvdc_rpc.request_key import request_key

NETWORK_SERVICE = pb.DESCRIPTOR.services_by_name["NetworkService"]


class NetworkServicer:
    """Networks on the wire."""

    def __init__(self, networks: Networks, clock: Clock) -> None:
        self._networks = networks
        self._clock = clock

    async def create_network(
        self, request: pb.CreateNetworkRequest, ctx: RequestContext
    ) -> pb.Network:
        """Create a network, or say what would be made."""
        planned = await self._networks.create(
            draft_of(request.network),
            network_id=request.network_id,
            key=request_key(request, ctx),
            actor=ctx.caller,
            validate_only=request.validate_only,
        )
        return network_to_wire(planned.network, now=self._clock.now(), plan=planned.plan)

    async def get_network(self, request: pb.GetNetworkRequest, _ctx: RequestContext) -> pb.Network:
        """Read one network."""
        return self._wire(await self._networks.get(network_name(request.name)))

    async def list_networks(
        self, request: pb.ListNetworksRequest, _ctx: RequestContext
    ) -> pb.ListNetworksResponse:
        """One page, by id."""
        page = await self._networks.page(
            filter_of(request), PageRequest.of(request.page_size, request.page_token)
        )
        return pb.ListNetworksResponse(
            networks=[self._wire(network) for network in page.items],
            next_page_token=page.next_token,
        )

    async def update_network(
        self, request: pb.UpdateNetworkRequest, ctx: RequestContext
    ) -> pb.Network:
        """Change the masked fields, or say what that would do."""
        mask = request.update_mask if request.HasField("update_mask") else None
        planned = await self._networks.update(
            network_name(request.network.name),
            draft_of(request.network),
            masked_paths(mask, request.network),
            etag=request.network.etag,
            key=request_key(request, ctx),
            actor=ctx.caller,
            validate_only=request.validate_only,
        )
        return network_to_wire(planned.network, now=self._clock.now(), plan=planned.plan)

    async def delete_network(self, request: pb.DeleteNetworkRequest, ctx: RequestContext) -> Empty:
        """Ask for a network to go."""
        await self._networks.delete(
            network_name(request.name),
            etag=request.etag,
            key=request_key(request, ctx),
            actor=ctx.caller,
            validate_only=request.validate_only,
        )
        return Empty()

    async def list_network_addresses(
        self, request: pb.ListNetworkAddressesRequest, _ctx: RequestContext
    ) -> pb.ListNetworkAddressesResponse:
        """One page of the held addresses, ascending."""
        page = await self._networks.addresses(
            network_name(request.name), PageRequest.of(request.page_size, request.page_token)
        )
        return pb.ListNetworkAddressesResponse(
            addresses=[address_to_wire(held) for held in page.items],
            next_page_token=page.next_token,
        )

    async def watch_networks(
        self, request: pb.WatchNetworksRequest, _ctx: RequestContext
    ) -> AsyncGenerator[pb.WatchNetworksResponse, None]:
        """All networks, then each change."""
        async for item in self._networks.watch(resume_token=request.resume_token):
            yield pb.WatchNetworksResponse(
                kind=watch_kind(item.kind),
                network=self._wire(item.value)
                if item.value is not None
                else _gone(item.kind, item.name, item.uid),
                resume_token=item.token,
            )

    def _wire(self, network: Network) -> pb.Network:
        return network_to_wire(network, now=self._clock.now())


def _gone(kind: WatchKind, name: str, uid: str) -> pb.Network | None:
    return pb.Network(name=name, uid=uid) if kind is WatchKind.DELETED else None
