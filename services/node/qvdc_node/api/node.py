"""quantix.node.v1.NodeService."""

from collections.abc import AsyncGenerator

from google.protobuf.empty_pb2 import Empty

from quantix.node.v1 import node_pb2 as pb
from quantix.operation.v1 import operation_pb2
from qvdc_core.clock import Clock
from qvdc_core.event import WatchKind
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_node.api import convert, convert_intent
from qvdc_node.usecases.identity import IdentityUseCase
from qvdc_node.usecases.maintenance import MaintenanceUseCase
from qvdc_node.usecases.node import IntentChange, NodesUseCase
from qvdc_node.usecases.removal import RemovalUseCase
from qvdc_rpc.context import RequestContext
from qvdc_rpc.event_service import watch_kind
from qvdc_rpc.field_mask import masked_paths
from qvdc_rpc.operation_service import operation_to_wire
from qvdc_rpc.request_key import request_key

NODE_SERVICE = pb.DESCRIPTOR.services_by_name["NodeService"]


class NodeServicer:
    """Turns the wire into verbs of nodes and back."""

    def __init__(
        self,
        nodes: NodesUseCase,
        identities: IdentityUseCase,
        maintenance: MaintenanceUseCase,
        removal: RemovalUseCase,
        clock: Clock,
    ) -> None:
        self._nodes = nodes
        self._identities = identities
        self._maintenance = maintenance
        self._removal = removal
        self._clock = clock

    async def get_node(self, request: pb.GetNodeRequest, _ctx: RequestContext) -> pb.Node:
        """Read one node."""
        return convert.node_to_wire(await self._nodes.get(_name(request.name)))

    async def list_nodes(
        self, request: pb.ListNodesRequest, _ctx: RequestContext
    ) -> pb.ListNodesResponse:
        """Read a page of nodes."""
        page = await self._nodes.page(
            convert.filter_of(request), PageRequest.of(request.page_size, request.page_token)
        )
        return pb.ListNodesResponse(
            nodes=[convert.node_to_wire(seen) for seen in page.items],
            next_page_token=page.next_token,
        )

    async def get_node_metrics(
        self, request: pb.GetNodeMetricsRequest, _ctx: RequestContext
    ) -> pb.NodeMetrics:
        """Read how busy a node is."""
        return convert.metrics_to_wire(await self._nodes.get(_name(request.name)))

    async def update_node(self, request: pb.UpdateNodeRequest, ctx: RequestContext) -> pb.Node:
        """Change what is wanted of a node."""
        mask = request.update_mask if request.HasField("update_mask") else None
        change = IntentChange(
            convert_intent.intent_of(request.node),
            masked_paths(mask, request.node),
            bmc_secret=request.node.bmc.secret,
        )
        seen = await self._nodes.update(
            _name(request.node.name, field="node.name"),
            change,
            etag=request.node.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.node_to_wire(seen)

    async def cordon_node(self, request: pb.CordonNodeRequest, ctx: RequestContext) -> pb.Node:
        """Keep new machines off a node."""
        seen = await self._nodes.cordon(
            _name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.node_to_wire(seen)

    async def uncordon_node(self, request: pb.UncordonNodeRequest, ctx: RequestContext) -> pb.Node:
        """Let new machines onto a node again."""
        seen = await self._nodes.uncordon(
            _name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.node_to_wire(seen)

    async def drain_node(
        self, request: pb.DrainNodeRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Empty a node of running machines."""
        operation = await self._maintenance.drain(
            _name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return operation_to_wire(operation, now=self._clock.now())

    async def enter_maintenance(
        self, request: pb.EnterMaintenanceRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Empty a node and keep it empty."""
        operation = await self._maintenance.enter(
            _name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return operation_to_wire(operation, now=self._clock.now())

    async def exit_maintenance(
        self, request: pb.ExitMaintenanceRequest, ctx: RequestContext
    ) -> pb.Node:
        """End maintenance."""
        seen = await self._maintenance.exit(
            _name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.node_to_wire(seen)

    async def add_taint(self, request: pb.AddTaintRequest, ctx: RequestContext) -> pb.Node:
        """Put a taint on a node."""
        seen = await self._nodes.add_taint(
            _name(request.name),
            convert_intent.taint_of(request.taint),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.node_to_wire(seen)

    async def remove_taint(self, request: pb.RemoveTaintRequest, ctx: RequestContext) -> pb.Node:
        """Take taints off a node."""
        seen = await self._nodes.remove_taint(
            _name(request.name),
            request.key,
            convert_intent.effect_of(request.effect),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.node_to_wire(seen)

    async def adopt_identity(
        self, request: pb.AdoptIdentityRequest, ctx: RequestContext
    ) -> pb.Node:
        """Take a reinstalled host for the node that it was."""
        seen = await self._identities.adopt(
            _name(request.name),
            replaced=_name(request.replaced, field="replaced") if request.replaced else "",
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.node_to_wire(seen)

    async def accept_identity(
        self, request: pb.AcceptIdentityRequest, ctx: RequestContext
    ) -> pb.Node:
        """Take a host for a node of its own."""
        seen = await self._identities.accept(
            _name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.node_to_wire(seen)

    async def confirm_hardware(
        self, request: pb.ConfirmHardwareRequest, ctx: RequestContext
    ) -> pb.Node:
        """Accept the node's hardware."""
        seen = await self._identities.confirm_hardware(
            _name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.node_to_wire(seen)

    async def delete_node(self, request: pb.DeleteNodeRequest, ctx: RequestContext) -> Empty:
        """Remove a node for good."""
        await self._removal.delete(
            _name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return Empty()

    async def decommission_node(
        self, request: pb.DecommissionNodeRequest, ctx: RequestContext
    ) -> Empty:
        """Remove a node for good, and say why."""
        await self._removal.decommission(
            _name(request.name),
            reason=request.reason,
            force=request.force,
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return Empty()

    async def refresh_inventory(
        self, request: pb.RefreshInventoryRequest, ctx: RequestContext
    ) -> pb.Node:
        """Ask for a node's whole inventory."""
        seen = await self._nodes.refresh_inventory(
            _name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.node_to_wire(seen)

    async def watch_nodes(
        self, request: pb.WatchNodesRequest, _ctx: RequestContext
    ) -> AsyncGenerator[pb.WatchNodesResponse, None]:
        """Stream nodes: all of them, then each change."""
        async for item in self._nodes.watch(resume_token=request.resume_token):
            node = convert.node_to_wire(item.value) if item.value is not None else None
            if item.kind is WatchKind.DELETED:
                node = pb.Node(name=item.name, uid=item.uid)
            yield pb.WatchNodesResponse(
                kind=watch_kind(item.kind), node=node, resume_token=item.token
            )


def _name(text: str, *, field: str = "name") -> str:
    return str(Name.parse(text, "nodes", field=field))
