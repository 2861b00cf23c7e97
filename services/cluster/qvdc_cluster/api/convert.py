"""Clusters on the wire and in the domain."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from quantix.cluster.v1 import cluster_pb2 as pb
from qvdc_cluster.domain.cluster import (
    DEFAULT_PROJECT,
    Cluster,
    ClusterFilter,
    ClusterIntent,
    ClusterView,
    Etag,
)
from qvdc_cluster.domain.projection import Machine, Node
from qvdc_cluster.domain.settings import (
    AdmissionPolicy,
    AdmissionSettings,
    DrsMode,
    DrsPolicy,
    DrsSettings,
    HaSettings,
    IsolationResponse,
    Overcommit,
    VmMonitoring,
)
from qvdc_cluster.domain.status import Status, StatusState
from qvdc_cluster.domain.usage import ResourceUsage, Usage
from qvdc_core.ids import Name
from qvdc_rpc.field_mask import masked_paths


def cluster_name(text: str) -> Name:
    """Read `clusters/<id or uid>`."""
    return Name.parse(text, "clusters")


def etag(text: str) -> Etag | None:
    """An etag; none when empty."""
    return Etag(text) if text else None


def cluster_filter(request: pb.ListClustersRequest) -> ClusterFilter:
    """Which clusters a list asks for."""
    return ClusterFilter(
        name_prefix=request.name_prefix,
        labels=tuple(sorted(request.labels.items())),
        query=request.query,
        project=request.project,
        states=tuple(
            StatusState(_short(pb.ClusterStatus.State.Name(state), "STATE_"))
            for state in request.states
        ),
    )


def changed_paths(request: pb.UpdateClusterRequest) -> frozenset[str]:
    """The paths that an update means: masked, or without a mask the present ones, at any depth.

    Raises:
        UnknownField: the mask names no field.
    """
    if request.update_mask.paths:
        return masked_paths(request.update_mask, request.cluster)
    return frozenset(_present_paths(request.cluster, ""))


def intent_of(cluster: pb.Cluster) -> ClusterIntent:
    """What a cluster on the wire says; what it leaves out has its default."""
    return ClusterIntent(
        project=cluster.project or DEFAULT_PROJECT,
        labels=dict(cluster.labels),
        ha=_ha_of(cluster.ha),
        drs=_drs_of(cluster.drs),
        overcommit=Overcommit(**_given(cluster.overcommit, "cpu_ratio", "memory_ratio")),
        storage_pools=tuple(cluster.storage_pools),
        networks=tuple(cluster.networks),
        **_given(
            cluster,
            "display_name",
            "description",
            "shared_storage_required",
            "default_storage_pool",
            "default_network",
        ),
    )


def cluster_to_wire(view: ClusterView) -> pb.Cluster:
    """A cluster with its status."""
    cluster, intent = view.cluster, view.cluster.intent
    return pb.Cluster(
        name=cluster.name,
        uid=cluster.uid,
        display_name=intent.display_name,
        description=intent.description,
        labels=intent.labels,
        etag=cluster.etag,
        generation=cluster.generation,
        create_time=timestamp(cluster.create_time),
        update_time=timestamp(cluster.update_time),
        project=intent.project,
        ha=_ha_to_wire(intent.ha),
        drs=_drs_to_wire(intent.drs),
        overcommit=pb.Overcommit(
            cpu_ratio=intent.overcommit.cpu_ratio, memory_ratio=intent.overcommit.memory_ratio
        ),
        shared_storage_required=intent.shared_storage_required,
        default_storage_pool=intent.default_storage_pool,
        storage_pools=intent.storage_pools,
        default_network=intent.default_network,
        networks=intent.networks,
        status=_status_to_wire(view.status),
        nodes=cluster.nodes,
    )


def usage_to_wire(cluster: Cluster, usage: Usage, *, now: datetime) -> pb.ClusterUsage:
    """What a cluster has and uses."""
    nodes, machines = usage.nodes, usage.machines
    return pb.ClusterUsage(
        cluster=cluster.name,
        observe_time=timestamp(usage.observe_time),
        nodes=pb.NodeCounts(
            total_count=nodes.total,
            online_count=nodes.online,
            maintenance_count=nodes.maintenance,
            draining_count=nodes.draining,
            not_ready_count=nodes.not_ready,
            pending_count=nodes.pending,
            offline_count=nodes.offline,
        ),
        machines=pb.MachineCounts(
            running_count=machines.running,
            stopped_count=machines.stopped,
            other_count=machines.other,
            total_count=machines.total,
        ),
        cpu_mhz=_resource_to_wire(usage.cpu_mhz),
        memory_bytes=_resource_to_wire(usage.memory_bytes),
        storage_bytes=_resource_to_wire(usage.storage_bytes),
        nodes_without_data=usage.nodes_without_data,
        stale=usage.stale(now),
    )


def node_to_wire(node: Node) -> pb.ClusterNode:
    """A member, or a node that may become one."""
    return pb.ClusterNode(
        node=node.name,
        node_uid=node.uid,
        hostname=node.hostname,
        phase=node.phase,
        mode=node.mode,
        observe_time=timestamp(node.observe_time),
    )


def machine_to_wire(machine: Machine, node: str) -> pb.ClusterVirtualMachine:
    """A machine of the cluster, with the name of its node."""
    return pb.ClusterVirtualMachine(
        vm=machine.name,
        vm_uid=machine.uid,
        node=node,
        state=machine.state,
        vcpu_count=machine.vcpu_count,
        memory_bytes=machine.memory_bytes,
    )


def timestamp(moment: datetime | None) -> Timestamp | None:
    """A time, if there is one."""
    if moment is None:
        return None
    wire = Timestamp()
    wire.FromDatetime(moment)
    return wire


def _present_paths(message: Message, prefix: str) -> Iterator[str]:
    for field, value in message.ListFields():
        path = f"{prefix}{field.name}"
        if isinstance(value, Message) and not isinstance(value, Timestamp):
            yield from _present_paths(value, f"{path}.")
        else:
            yield path


def _given(message: Message, *names: str) -> dict[str, Any]:
    return {name: getattr(message, name) for name in names if message.HasField(name)}


def _short(name: str, prefix: str) -> str:
    return name.removeprefix(prefix)


def _ha_of(ha: pb.HaSettings) -> HaSettings:
    values = _given(
        ha,
        "enabled",
        "host_monitoring",
        "restart_priority",
        "shutdown_grace_seconds",
        "detection_seconds",
        "storm_percent",
        "max_concurrent_restarts_per_node",
    )
    if ha.HasField("vm_monitoring"):
        name = pb.HaSettings.VmMonitoring.Name(ha.vm_monitoring)
        values["vm_monitoring"] = VmMonitoring(_short(name, "VM_MONITORING_"))
    if ha.HasField("isolation_response"):
        name = pb.HaSettings.IsolationResponse.Name(ha.isolation_response)
        values["isolation_response"] = IsolationResponse(_short(name, "ISOLATION_RESPONSE_"))
    return HaSettings(admission=_admission_of(ha.admission), **values)


def _admission_of(admission: pb.AdmissionSettings) -> AdmissionSettings:
    values = _given(admission, "failover_capacity", "reserve_cpu_percent", "reserve_memory_percent")
    if admission.HasField("policy"):
        name = pb.AdmissionSettings.Policy.Name(admission.policy)
        values["policy"] = AdmissionPolicy(_short(name, "POLICY_"))
    return AdmissionSettings(failover_nodes=tuple(admission.failover_nodes), **values)


def _drs_of(drs: pb.DrsSettings) -> DrsSettings:
    values = _given(
        drs,
        "enabled",
        "migration_threshold",
        "interval_seconds",
        "cpu_high_percent",
        "memory_high_percent",
        "cooldown_seconds",
        "max_concurrent_migrations",
    )
    if drs.HasField("mode"):
        values["mode"] = DrsMode(_short(pb.DrsSettings.Mode.Name(drs.mode), "MODE_"))
    if drs.HasField("policy"):
        values["policy"] = DrsPolicy(_short(pb.DrsSettings.Policy.Name(drs.policy), "POLICY_"))
    return DrsSettings(**values)


def _ha_to_wire(ha: HaSettings) -> pb.HaSettings:
    admission = ha.admission
    return pb.HaSettings(
        enabled=ha.enabled,
        host_monitoring=ha.monitors_hosts,
        vm_monitoring=f"VM_MONITORING_{ha.vm_monitoring.value}",
        admission=pb.AdmissionSettings(
            policy=f"POLICY_{admission.policy.value}",
            failover_capacity=admission.failover_capacity,
            reserve_cpu_percent=admission.reserve_cpu_percent,
            reserve_memory_percent=admission.reserve_memory_percent,
            failover_nodes=admission.failover_nodes,
        ),
        restart_priority=ha.restart_priority,
        isolation_response=f"ISOLATION_RESPONSE_{ha.isolation_response.value}",
        shutdown_grace_seconds=ha.shutdown_grace_seconds,
        detection_seconds=ha.detection_seconds,
        storm_percent=ha.storm_percent,
        max_concurrent_restarts_per_node=ha.max_concurrent_restarts_per_node,
    )


def _drs_to_wire(drs: DrsSettings) -> pb.DrsSettings:
    return pb.DrsSettings(
        enabled=drs.enabled,
        mode=f"MODE_{drs.mode.value}",
        migration_threshold=drs.migration_threshold,
        policy=f"POLICY_{drs.policy.value}",
        interval_seconds=drs.interval_seconds,
        cpu_high_percent=drs.cpu_high_percent,
        memory_high_percent=drs.memory_high_percent,
        cooldown_seconds=drs.cooldown_seconds,
        max_concurrent_migrations=drs.max_concurrent_migrations,
    )


def _status_to_wire(status: Status) -> pb.ClusterStatus:
    return pb.ClusterStatus(
        state=f"STATE_{status.state.value}",
        reasons=[
            pb.StatusReason(reason=each.reason, message=each.message) for each in status.reasons
        ],
    )


def _resource_to_wire(usage: ResourceUsage) -> pb.ResourceUsage:
    return pb.ResourceUsage(capacity=usage.capacity, used=usage.used, allocated=usage.allocated)
