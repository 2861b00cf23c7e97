"""Proto of other services and hosts to this service's values and back."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from quantix.access.v1 import fence_pb2
from quantix.agent.v1 import agent_pb2
from quantix.claim.v1 import image_claim_pb2
from quantix.cluster.v1 import placement_pb2
from qvdc_core.fence import Fence
from qvdc_vm.domain.observation import Observed, ObservedState, Problem, Sighting
from qvdc_vm.domain.placement import Demand, HostVerdict, Obstacle, PlacementPlan
from qvdc_vm.domain.protection import IsolationResponse
from qvdc_vm.domain.state import HostPower
from qvdc_vm.domain.values import BaseImage, Firmware, HostUid, MachineUid
from qvdc_vm.domain.wanted import ImageSource, WantedDisk, WantedMachine

_POWER = {
    HostPower.ON: agent_pb2.WantedMachine.POWER_ON,
    HostPower.OFF: agent_pb2.WantedMachine.POWER_OFF,
    HostPower.SHUTDOWN: agent_pb2.WantedMachine.POWER_SHUTDOWN,
}
_RESPONSE = {
    IsolationResponse.LEAVE: agent_pb2.ISOLATION_RESPONSE_LEAVE,
    IsolationResponse.SHUTDOWN: agent_pb2.ISOLATION_RESPONSE_SHUTDOWN,
    IsolationResponse.POWER_OFF: agent_pb2.ISOLATION_RESPONSE_POWER_OFF,
}
_FIRMWARE = {Firmware.BIOS: "BIOS", Firmware.UEFI: "UEFI"}


def fence_to_wire(fence: Fence) -> fence_pb2.Fence:
    """A leader's fence."""
    return fence_pb2.Fence(site_term=fence.site_term, loop=fence.loop, revision=fence.revision)


def demand_to_wire(demand: Demand) -> placement_pb2.PlacementDemand:
    """What a machine needs."""
    return placement_pb2.PlacementDemand(
        cluster=demand.cluster,
        vcpu_count=demand.vcpu_count,
        memory_bytes=demand.memory_bytes,
        disk_bytes=demand.disk_bytes,
        storage_pool=demand.storage_pool,
        networks=demand.networks,
        required_nodes=demand.wishes.required_nodes,
        excluded_nodes=demand.wishes.excluded_nodes,
        node_labels=dict(demand.wishes.node_labels),
        image=demand.image,
    )


def plan_from_wire(plan: placement_pb2.PlacementPlan) -> PlacementPlan:
    """A placement decision."""
    return PlacementPlan(
        node=plan.node,
        node_uid=HostUid(plan.node_uid),
        verdicts=tuple(_verdict(each) for each in plan.verdicts),
        projection_age_seconds=plan.projection_age_seconds,
        stale=plan.stale,
    )


def source_from_wire(claim: image_claim_pb2.ImageClaim) -> ImageSource:
    """An image that is held, and where its bytes are."""
    return ImageSource(
        base=BaseImage(
            digest=claim.digest,
            format=claim.format,
            size_bytes=claim.size_bytes,
            virtual_size_bytes=claim.virtual_size_bytes,
        ),
        urls=tuple(claim.urls),
        ticket=claim.ticket,
    )


def wanted_to_wire(wanted: WantedMachine) -> agent_pb2.WantedMachine:
    """What a host shall hold; holds secrets, so it is never logged."""
    message = agent_pb2.WantedMachine(
        vm_uid=wanted.uid,
        vm=wanted.name,
        generation=wanted.generation,
        run_epoch=wanted.run_epoch,
        absent=wanted.absent,
        power=_POWER[wanted.power],
        vcpu_count=wanted.vcpu_count,
        memory_bytes=wanted.memory_bytes,
        disks=[_disk(each) for each in wanted.disks],
        nics=[
            agent_pb2.WantedNic(port_uid=each.port_uid, mac=each.mac, mtu=each.mtu)
            for each in wanted.nics
        ],
        firmware=_FIRMWARE[wanted.firmware],
    )
    if wanted.protection.protected:
        message.protected = True
        message.isolation_response = _RESPONSE[wanted.protection.response]
        message.shutdown_grace_seconds = wanted.protection.grace_seconds
    if not wanted.absent:
        message.seed.meta_data = wanted.seed.meta_data
        message.seed.user_data = wanted.seed.user_data
        message.seed.network_config = wanted.seed.network_config
    return message


def sighting_from_wire(seen: agent_pb2.ObservedMachine, now: datetime) -> Sighting:
    """What a host sees of a machine; `now` stands in where it gives no time."""
    has_problem = seen.HasField("problem")
    problem = (
        Problem(seen.problem.reason, seen.problem.message, final=seen.problem.final)
        if has_problem
        else None
    )
    return Sighting(
        MachineUid(seen.vm_uid),
        Observed(
            state=_observed_state(seen),
            generation=seen.generation,
            run_epoch=seen.run_epoch,
            observe_time=_time(seen.observe_time) if seen.HasField("observe_time") else now,
            settled=seen.settled,
            change_count=seen.change_count,
            cause=seen.cause,
            since_time=_time(seen.since_time) if seen.HasField("since_time") else None,
            stage=seen.stage,
            done_bytes=seen.bytes_done if seen.HasField("bytes_done") else None,
            total_bytes=seen.bytes_total if seen.HasField("bytes_total") else None,
            problem=problem,
            cpu_percent=seen.cpu_percent if seen.HasField("cpu_percent") else None,
            memory_used_bytes=(
                seen.memory_used_bytes if seen.HasField("memory_used_bytes") else None
            ),
            guarded=seen.guarded,
        ),
    )


def _observed_state(seen: agent_pb2.ObservedMachine) -> ObservedState:
    name = agent_pb2.ObservedMachine.State.Name(seen.state).removeprefix("STATE_")
    return ObservedState.PREPARING if name == "UNSPECIFIED" else ObservedState(name)


def _disk(disk: WantedDisk) -> agent_pb2.WantedDisk:
    message = agent_pb2.WantedDisk(
        disk_id=disk.disk_id,
        size_bytes=disk.size_bytes,
        pool=disk.pool,
        boot_index=disk.boot_index,
    )
    if disk.source is not None:
        base = disk.source.base
        message.base.digest = base.digest
        message.base.format = base.format
        message.base.size_bytes = base.size_bytes
        message.base.virtual_size_bytes = base.virtual_size_bytes
        message.base.urls.extend(disk.source.urls)
        message.base.ticket = disk.source.ticket
    return message


def _verdict(verdict: placement_pb2.HostVerdict) -> HostVerdict:
    return HostVerdict(
        node=verdict.node,
        node_uid=HostUid(verdict.node_uid),
        fits=verdict.fits,
        score=verdict.score,
        obstacles=tuple(
            Obstacle(
                reason=each.reason,
                message=each.message,
                needed=each.needed if each.HasField("needed") else None,
                available=each.available if each.HasField("available") else None,
            )
            for each in verdict.obstacles
        ),
        score_parts=dict(verdict.score_parts),
    )


def _time(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)
