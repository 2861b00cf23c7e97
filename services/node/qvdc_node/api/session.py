"""quantix.host.v1.SessionService: one host never speaks for another."""

from collections.abc import Sequence

from quantix.host.v1 import session_pb2 as pb
from quantix.host.v1.pool_sync_pb2 import AssignedPools
from qvdc_core.clock import Clock
from qvdc_node.api import convert
from qvdc_node.api.caller import host_of
from qvdc_node.api.convert_assigned import assigned_pools_to_wire
from qvdc_node.api.convert_session import (
    duration_of,
    member_set_to_wire,
    open_incidents_to_wire,
    terms_to_wire,
)
from qvdc_node.domain.confession import Living
from qvdc_node.domain.node import NodeUid, Observed
from qvdc_node.domain.registration import Registration
from qvdc_node.domain.session import Incarnate
from qvdc_node.domain.terms import USUAL_GRANT
from qvdc_node.ports.pools import PoolLists
from qvdc_node.ports.world import ControlPlane, Electorate, Presence, ServiceAddress
from qvdc_node.usecases.explaining import ExplainingUseCase
from qvdc_node.usecases.heartbeat import Beat, Heartbeats
from qvdc_node.usecases.leaving import LeavingUseCase
from qvdc_node.usecases.node import NodesUseCase
from qvdc_node.usecases.registration import Registrations, Welcome
from qvdc_rpc.context import RequestContext

SESSION_SERVICE = pb.DESCRIPTOR.services_by_name["SessionService"]


class SessionServicer:
    """Registers hosts and hears their hearts."""

    def __init__(
        self,
        registrations: Registrations,
        heartbeats: Heartbeats,
        leaving: LeavingUseCase,
        explaining: ExplainingUseCase,
        nodes: NodesUseCase,
        control_plane: ControlPlane,
        electorate: Electorate,
        presence: Presence,
        pool_lists: PoolLists,
        clock: Clock,
    ) -> None:
        self._registrations = registrations
        self._heartbeats = heartbeats
        self._leaving = leaving
        self._explaining = explaining
        self._nodes = nodes
        self._control_plane = control_plane
        self._electorate = electorate
        self._presence = presence
        self._pool_lists = pool_lists
        self._clock = clock
        self._found: Sequence[ServiceAddress] = ()
        self._found_on_wire: list[pb.ServiceEndpoint] = []

    async def register(
        self, request: pb.RegisterRequest, ctx: RequestContext
    ) -> pb.RegisterResponse:
        """Join or return."""
        welcome = await self._registrations.register(
            _registration(request, ctx.peer_address), caller=host_of(ctx.caller)
        )
        return self._welcome_to_wire(welcome)

    async def heartbeat(
        self, request: pb.HeartbeatRequest, ctx: RequestContext
    ) -> pb.HeartbeatResponse:
        """Renew the session."""
        session = await self._heartbeats.beat(_beat(request), caller=host_of(ctx.caller))
        fences = self._presence.open_fences()
        grant = session.grant or USUAL_GRANT
        return pb.HeartbeatResponse(
            server_time=convert.timestamp(self._clock.now()),
            next_interval=duration_of(grant.told.interval),
            terms=terms_to_wire(grant) if request.terms_version != grant.version else None,
            control_plane=self._endpoints(),
            session_epoch=session.epoch,
            request_full_sync=self._heartbeats.wants_inventory(request.machine_uuid),
            member_set=self._new_member_set(request),
            open_incidents=open_incidents_to_wire(fences) if fences is not None else None,
            assigned_pools=self._new_pools(request),
        )

    async def explain_refusal(
        self, request: pb.ExplainRefusalRequest, ctx: RequestContext
    ) -> pb.ExplainRefusalResponse:
        """Say why a host's certificate opens nothing."""
        await self._explaining.explain(
            NodeUid(request.machine_uuid),
            request.certificate_pem,
            address=convert.peer_ip(ctx.peer_address),
        )
        return pb.ExplainRefusalResponse()

    async def leave(self, request: pb.LeaveRequest, ctx: RequestContext) -> pb.LeaveResponse:
        """End the session of a host that leaves."""
        node = await self._leaving.leave(
            NodeUid(request.machine_uuid),
            request.boot_id,
            protected=request.protected_machine_count,
            caller=host_of(ctx.caller),
        )
        return pb.LeaveResponse(node=node.name)

    def _new_member_set(self, request: pb.HeartbeatRequest) -> pb.MemberSet | None:
        held = self._electorate.of(request.machine_uuid)
        kept = (request.member_set_site_term, request.member_set_version)
        if held is None or (held.site_term, held.version) == kept:
            return None
        return member_set_to_wire(held)

    def _new_pools(self, request: pb.HeartbeatRequest) -> AssignedPools | None:
        wanted = self._pool_lists.of(request.machine_uuid)
        kept = (request.assigned_pools_site_term, request.assigned_pools_generation)
        if wanted is None or (wanted.site_term, wanted.generation) == kept:
            return None
        return assigned_pools_to_wire(wanted)

    def _welcome_to_wire(self, welcome: Welcome) -> pb.RegisterResponse:
        registered, session = welcome.registered, welcome.session
        return pb.RegisterResponse(
            node=registered.node.name,
            outcome=f"OUTCOME_{registered.outcome.value}",
            changed_fields=registered.changed_fields,
            session_epoch=session.epoch,
            certificate_pem=welcome.certificate.pem if welcome.certificate else "",
            ca_pem=welcome.root_pem,
            terms=terms_to_wire(session.grant or USUAL_GRANT),
            control_plane=self._endpoints(),
            stored=convert.node_to_wire(self._nodes.seen(registered.node)),
            lease_id=session.lease,
            was_fenced=welcome.was_fenced,
            confessed=[
                pb.ConfessedMachine(vm_uid=each.vm_uid, keep=each.keep, run_epoch=each.run_epoch)
                for each in welcome.confessed
            ],
        )

    def _endpoints(self) -> list[pb.ServiceEndpoint]:
        found = self._control_plane.endpoints()
        if found is not self._found:
            self._found = found
            self._found_on_wire = [
                pb.ServiceEndpoint(service=each.service, mesh=each.mesh, http=each.http)
                for each in found
            ]
        return self._found_on_wire


def _registration(request: pb.RegisterRequest, peer: str) -> Registration:
    return Registration(
        uid=NodeUid(request.machine_uuid),
        observed=Observed(
            hostname=request.hostname,
            addresses=tuple(convert.address_of(each) for each in request.addresses),
            boot_id=request.boot_id,
            instance=request.instance,
            system=convert.system_of(request.system),
            inventory=convert.inventory_of(request.inventory),
            conditions=tuple(convert.condition_of(each) for each in request.conditions),
            hardware_fingerprint=request.hardware_fingerprint,
            simulated=request.simulated,
        ),
        wanted_id=request.node_id,
        join_token=request.join_token,
        signing_request_pem=request.signing_request_pem,
        address=convert.peer_ip(peer),
        living=tuple(Living(each.vm_uid, each.run_epoch) for each in request.protected_machines),
    )


def _beat(request: pb.HeartbeatRequest) -> Beat:
    return Beat(
        uid=NodeUid(request.machine_uuid),
        life=Incarnate(request.boot_id, request.instance),
        sequence=request.sequence,
        usage=convert.usage_of(request.usage) if request.HasField("usage") else None,
        pools=tuple(convert.pool_of(each) for each in request.pools),
        conditions=tuple(convert.condition_of(each) for each in request.conditions),
        member_set_version=request.member_set_version,
        terms_version=request.terms_version,
    )
