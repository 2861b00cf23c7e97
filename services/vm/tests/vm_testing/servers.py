"""The neighbours over real gRPC with real certificates, answering out of the fakes."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from google.protobuf.empty_pb2 import Empty

from quantix.access.v1 import fence_pb2
from quantix.agent.v1 import agent_pb2
from quantix.claim.v1 import image_claim_pb2, placement_claim_pb2, pool_claim_pb2
from quantix.cluster.v1 import cluster_pb2, placement_pb2
from quantix.event.v1 import event_pb2
from quantix.network.v1 import port_pb2
from quantix.node.v1 import node_pb2
from qvdc_core.errors import Kind
from qvdc_core.fence import Fence
from qvdc_rpc.context import RequestContext
from qvdc_rpc.process import Process, Wire
from qvdc_testing.pki import Identity, Pki
from qvdc_testing.wire import neighbour, tls_files
from qvdc_vm.domain.observation import Observed
from qvdc_vm.domain.placement import Demand, PlacementPlan
from qvdc_vm.domain.protection import NO_PROTECTION, IsolationResponse, Protection
from qvdc_vm.domain.seed import Seed
from qvdc_vm.domain.state import HostPower
from qvdc_vm.domain.values import BaseImage, Firmware, MachineUid, PlacementWishes
from qvdc_vm.domain.wanted import ImageSource, WantedDisk, WantedMachine, WantedNic
from tests.vm_testing.builders import HOST
from tests.vm_testing.fakes import (
    FakeAgent,
    FakeCluster,
    FakeImages,
    FakeNetwork,
    FakePools,
    Refused,
)

_POWER = {
    agent_pb2.WantedMachine.POWER_ON: HostPower.ON,
    agent_pb2.WantedMachine.POWER_OFF: HostPower.OFF,
    agent_pb2.WantedMachine.POWER_SHUTDOWN: HostPower.SHUTDOWN,
}


class ClusterServers:
    """PlacementService and PlacementClaimService."""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster

    async def plan_placement(
        self, request: placement_pb2.PlanPlacementRequest, ctx: RequestContext
    ) -> placement_pb2.PlacementPlan:
        return _plan(await self._cluster.plan(_demand(request.demand), within=ctx.remaining()))

    async def claim_placement(
        self, request: placement_claim_pb2.ClaimPlacementRequest, _ctx: RequestContext
    ) -> placement_claim_pb2.PlacementClaim:
        uid, fence = MachineUid(request.vm_uid), _fence(request.fence)
        claim = await self._cluster.claim_for(uid, request.vm, _demand(request.demand), fence=fence)
        return placement_claim_pb2.PlacementClaim(
            vm_uid=uid,
            node=claim.node,
            node_uid=claim.node_uid,
            plan=_plan(claim.plan),
            storage_pool=claim.storage_pool,
        )

    async def release_placement(
        self, request: placement_claim_pb2.ReleasePlacementRequest, _ctx: RequestContext
    ) -> Empty:
        await self._cluster.release(MachineUid(request.vm_uid), fence=_fence(request.fence))
        return Empty()


class ClusterStreamServer:
    """ClusterService, of which only Watch is asked for here."""

    def __init__(self) -> None:
        self._told = cluster_pb2.Cluster(name="clusters/prod")
        self._changed = asyncio.Condition()

    async def set_ha(self, ha: cluster_pb2.HaSettings) -> None:
        """Somebody changes the settings of clusters/prod."""
        async with self._changed:
            self._told = cluster_pb2.Cluster(name="clusters/prod", ha=ha)
            self._changed.notify_all()

    async def watch_clusters(
        self, _request: cluster_pb2.WatchClustersRequest, _ctx: RequestContext
    ) -> AsyncGenerator[cluster_pb2.WatchClustersResponse, None]:
        told = self._told
        for kind in (event_pb2.WATCH_KIND_SNAPSHOT, event_pb2.WATCH_KIND_SYNCED):
            yield cluster_pb2.WatchClustersResponse(kind=kind, cluster=told)
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._told is not told)  # noqa: B023
                told = self._told
            yield cluster_pb2.WatchClustersResponse(kind=event_pb2.WATCH_KIND_CHANGED, cluster=told)


class ImageServer:
    """ImageClaimService."""

    def __init__(self, images: FakeImages) -> None:
        self._images = images

    async def claim_image(
        self, request: image_claim_pb2.ClaimImageRequest, _ctx: RequestContext
    ) -> image_claim_pb2.ImageClaim:
        source = await self._images.claim_for(
            MachineUid(request.vm_uid), request.image, fence=_fence(request.fence)
        )
        return image_claim_pb2.ImageClaim(
            image=request.image,
            digest=source.base.digest,
            format=source.base.format,
            size_bytes=source.base.size_bytes,
            virtual_size_bytes=source.base.virtual_size_bytes,
            urls=source.urls,
            ticket=source.ticket,
        )

    async def release_image(
        self, request: image_claim_pb2.ReleaseImageRequest, _ctx: RequestContext
    ) -> Empty:
        uid, fence = MachineUid(request.vm_uid), _fence(request.fence)
        await self._images.release(uid, request.image, fence=fence)
        return Empty()


class PoolClaimServer:
    """PoolClaimService."""

    def __init__(self, pools: FakePools) -> None:
        self._pools = pools

    async def claim_pool(
        self, request: pool_claim_pb2.ClaimPoolRequest, _ctx: RequestContext
    ) -> pool_claim_pb2.PoolClaim:
        pool_uid = self._pools.claim_for(
            MachineUid(request.owner_uid),
            request.disk_id,
            request.pool,
            request.size_bytes,
            fence=_fence(request.fence),
        )
        return pool_claim_pb2.PoolClaim(
            owner_uid=request.owner_uid, disk_id=request.disk_id, pool_uid=pool_uid
        )

    async def release_pool(
        self, request: pool_claim_pb2.ReleasePoolRequest, _ctx: RequestContext
    ) -> Empty:
        await self._pools.release(MachineUid(request.owner_uid), fence=_fence(request.fence))
        return Empty()

    async def list_pool_claims(
        self, _request: pool_claim_pb2.ListPoolClaimsRequest, _ctx: RequestContext
    ) -> pool_claim_pb2.ListPoolClaimsResponse:
        claims = [
            pool_claim_pb2.PoolClaim(owner_uid=each.uid, owner="vms/x", disk_id=each.disk_id)
            for each in await self._pools.held()
        ]
        return pool_claim_pb2.ListPoolClaimsResponse(claims=claims)


class PortServer:
    """PortService."""

    def __init__(self, network: FakeNetwork) -> None:
        self._network = network

    async def create_port(
        self, request: port_pb2.CreatePortRequest, _ctx: RequestContext
    ) -> port_pb2.Port:
        port = self._network.create_for(request.port_id)
        return port_pb2.Port(
            name=port.name, uid=port.uid, mac=port.mac, mtu=port.mtu, fixed_ips=port.addresses
        )

    async def delete_port(self, request: port_pb2.DeletePortRequest, _ctx: RequestContext) -> Empty:
        if self._network.ports.pop(request.name.removeprefix("ports/"), None) is None:
            raise Refused(Kind.NOT_FOUND, "NOT_FOUND")
        return Empty()


class NodeServer:
    """NodeService, of which only Watch is asked for here."""

    def __init__(self) -> None:
        self.agent_port = 0
        self.phase = node_pb2.Node.PHASE_READY
        self._changed = asyncio.Event()

    def tell(self, phase: "node_pb2.Node.Phase") -> None:
        """The node is in another phase now."""
        self.phase = phase
        self._changed.set()

    async def watch_nodes(
        self, request: node_pb2.WatchNodesRequest, _ctx: RequestContext
    ) -> AsyncGenerator[node_pb2.WatchNodesResponse, None]:
        if not request.resume_token:
            yield self._item(event_pb2.WATCH_KIND_SNAPSHOT, "")
            yield node_pb2.WatchNodesResponse(kind=event_pb2.WATCH_KIND_SYNCED, resume_token="1")
        while True:
            await self._changed.wait()
            self._changed.clear()
            yield self._item(event_pb2.WATCH_KIND_CHANGED, "2")

    def _item(self, kind: "event_pb2.WatchKind", token: str) -> node_pb2.WatchNodesResponse:
        node = node_pb2.Node(name="nodes/h1", uid=HOST, phase=self.phase)
        node.addresses.add(
            ip="127.0.0.1", port=self.agent_port, purpose=node_pb2.NodeAddress.PURPOSE_AGENT
        )
        return node_pb2.WatchNodesResponse(kind=kind, node=node, resume_token=token)


class AgentServer:
    """AgentService."""

    def __init__(self, agent: FakeAgent) -> None:
        self._agent = agent

    async def apply_machine(
        self, request: agent_pb2.ApplyMachineRequest, _ctx: RequestContext
    ) -> agent_pb2.ObservedMachine:
        wanted = _wanted(request.machine)
        return observed_to_wire(wanted.uid, self._agent.hold(wanted, fence=_fence(request.fence)))

    async def get_observed_machine(
        self, request: agent_pb2.GetObservedMachineRequest, _ctx: RequestContext
    ) -> agent_pb2.ObservedMachine:
        uid = MachineUid(request.vm_uid)
        return observed_to_wire(uid, self._agent.see(uid))

    async def read_serial_log(
        self, request: agent_pb2.ReadSerialLogRequest, _ctx: RequestContext
    ) -> agent_pb2.ReadSerialLogResponse:
        log = b"quantix-guest ready hostname=web-1\n"
        start = max(len(log) + request.offset_bytes, 0)
        return agent_pb2.ReadSerialLogResponse(
            content=log[start:], offset_bytes=start, size_bytes=len(log)
        )


@dataclass
class Neighbours:
    """All neighbours, each a process with its own certificate."""

    cluster: FakeCluster
    images: FakeImages
    pools: FakePools
    network: FakeNetwork
    agent: FakeAgent
    nodes: NodeServer
    clusters: ClusterStreamServer
    processes: dict[str, Process]

    def endpoints(self, service: str) -> str:
        """The static address of a neighbour."""
        return f"127.0.0.1:{self.processes[service].mesh_port}/127.0.0.1:1"


def neighbours(pki: Pki, agent: FakeAgent) -> Neighbours:
    """Build the neighbours; run their processes to have them answer."""
    cluster, images, network, nodes = FakeCluster(), FakeImages(), FakeNetwork(), NodeServer()
    clusters, pools = ClusterStreamServer(), FakePools()
    made = {
        "cluster": _process(pki, pki.service("cluster"), "cluster"),
        "image": _process(pki, pki.service("image"), "image"),
        "network": _process(pki, pki.service("network"), "network"),
        "node": _process(pki, pki.service("node"), "node"),
        "agent": _process(pki, pki.node(HOST), "agent"),
    }
    placement = ClusterServers(cluster)
    served = [
        ("cluster", placement_pb2, "PlacementService", placement),
        ("cluster", placement_claim_pb2, "PlacementClaimService", placement),
        ("cluster", cluster_pb2, "ClusterService", clusters),
        ("image", image_claim_pb2, "ImageClaimService", ImageServer(images)),
        ("network", port_pb2, "PortService", PortServer(network)),
        ("node", node_pb2, "NodeService", nodes),
        ("node", pool_claim_pb2, "PoolClaimService", PoolClaimServer(pools)),
        ("agent", agent_pb2, "AgentService", AgentServer(agent)),
    ]
    for process, module, name, servicer in served:
        service = module.DESCRIPTOR.services_by_name[name]
        made[process].serve(service, neighbour(service, servicer))
    return Neighbours(cluster, images, pools, network, agent, nodes, clusters, made)


def observed_to_wire(uid: MachineUid, seen: Observed) -> agent_pb2.ObservedMachine:
    """What the fake host tells."""
    message = agent_pb2.ObservedMachine(
        vm_uid=uid,
        state=f"STATE_{seen.state.value}",
        generation=seen.generation,
        settled=seen.settled,
        run_epoch=seen.run_epoch,
        change_count=seen.change_count,
        cause=seen.cause,
        node_uid=HOST,
        guarded=seen.guarded,
    )
    message.observe_time.FromDatetime(seen.observe_time)
    if seen.problem is not None:
        message.problem.reason = seen.problem.reason
        message.problem.message = seen.problem.message
        message.problem.final = seen.problem.final
    return message


def _process(pki: Pki, identity: Identity, service: str) -> Process:
    wire = Wire(http_listen=None, tls=tls_files(identity), assertion_jwks=pki.assertion_jwks_file)
    return Process(service, wire)


def _fence(fence: fence_pb2.Fence) -> Fence:
    return Fence(fence.site_term, fence.loop, fence.revision)


def _demand(demand: placement_pb2.PlacementDemand) -> Demand:
    return Demand(
        cluster=demand.cluster,
        vcpu_count=demand.vcpu_count,
        memory_bytes=demand.memory_bytes,
        disk_bytes=demand.disk_bytes,
        storage_pool=demand.storage_pool,
        networks=tuple(demand.networks),
        image=demand.image,
        wishes=PlacementWishes(required_nodes=tuple(demand.required_nodes)),
    )


def _plan(plan: PlacementPlan) -> placement_pb2.PlacementPlan:
    message = placement_pb2.PlacementPlan(node=plan.node, node_uid=plan.node_uid)
    for verdict in plan.verdicts:
        added = message.verdicts.add(
            node=verdict.node, node_uid=verdict.node_uid, fits=verdict.fits, score=verdict.score
        )
        for each in verdict.obstacles:
            added.obstacles.add(
                reason=each.reason,
                message=each.message,
                needed=each.needed,
                available=each.available,
            )
    return message


def _wanted(machine: agent_pb2.WantedMachine) -> WantedMachine:
    return WantedMachine(
        uid=MachineUid(machine.vm_uid),
        name=machine.vm,
        generation=machine.generation,
        run_epoch=machine.run_epoch,
        absent=machine.absent,
        power=_POWER[machine.power],
        vcpu_count=machine.vcpu_count,
        memory_bytes=machine.memory_bytes,
        disks=tuple(_disk(position, each) for position, each in enumerate(machine.disks)),
        nics=tuple(WantedNic(port_uid=e.port_uid, mac=e.mac, mtu=e.mtu) for e in machine.nics),
        seed=Seed(
            meta_data=machine.seed.meta_data,
            user_data=machine.seed.user_data,
            network_config=machine.seed.network_config,
        ),
        firmware=Firmware(machine.firmware),
        protection=_protection(machine),
    )


def _protection(machine: agent_pb2.WantedMachine) -> Protection:
    if not machine.protected:
        return NO_PROTECTION
    name = agent_pb2.IsolationResponse.Name(machine.isolation_response)
    return Protection(
        protected=True,
        response=IsolationResponse(name.removeprefix("ISOLATION_RESPONSE_")),
        grace_seconds=machine.shutdown_grace_seconds,
    )


def _disk(position: int, disk: agent_pb2.WantedDisk) -> WantedDisk:
    source = None
    if disk.HasField("base"):
        base = BaseImage(
            digest=disk.base.digest,
            format=disk.base.format,
            size_bytes=disk.base.size_bytes,
            virtual_size_bytes=disk.base.virtual_size_bytes,
        )
        source = ImageSource(base=base, urls=tuple(disk.base.urls), ticket=disk.base.ticket)
    made = WantedDisk(
        disk_id=disk.disk_id,
        size_bytes=disk.size_bytes,
        pool=disk.pool,
        source=source,
        boot_index=disk.boot_index,
    )
    assert disk.boot_index == position + 1
    return replace(made)
