"""Between the wire and the domain of nodes; total functions."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import unquote

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from quantix.node.v1 import node_pb2 as pb
from qvdc_node.api import convert_intent as intent
from qvdc_node.api.fields import chosen, enum_name, present, suffix
from qvdc_node.domain.inventory import (
    Address,
    Condition,
    Cpu,
    Disk,
    Inventory,
    Nic,
    Pool,
    PoolState,
    Purpose,
    Status,
    System,
    Usage,
    plain_ip,
)
from qvdc_node.domain.node import (
    DEFAULT_RESERVED_CORES,
    DEFAULT_RESERVED_MEMORY_BYTES,
    Mode,
    NodeFilter,
    Phase,
)
from qvdc_node.usecases.node import Seen


def timestamp(time: datetime | None) -> Timestamp | None:
    """Write a time; None stays unset."""
    if time is None:
        return None
    wire = Timestamp()
    wire.FromDatetime(time)
    return wire


def time_of(wire: Timestamp) -> datetime:
    """Read a time, UTC-aware."""
    return wire.ToDatetime(tzinfo=UTC)


def duration(interval: timedelta) -> Duration:
    """Write an interval."""
    wire = Duration()
    wire.FromTimedelta(interval)
    return wire


def node_to_wire(seen: Seen) -> pb.Node:
    """Write a node."""
    node, observed = seen.node, seen.node.observed
    return pb.Node(
        name=node.name,
        uid=node.uid,
        display_name=node.intent.display_name,
        description=node.intent.description,
        labels=node.intent.labels,
        etag=node.etag,
        generation=node.generation,
        create_time=timestamp(node.create_time),
        update_time=timestamp(node.update_time),
        mode=f"MODE_{node.intent.mode.value}",
        phase=f"PHASE_{node.phase.value}",
        phase_reason=node.phase_reason,
        cluster=node.cluster,
        hostname=observed.hostname,
        addresses=[_address_to_wire(address) for address in observed.addresses],
        machine_uuid=node.uid,
        boot_id=observed.boot_id,
        instance=observed.instance,
        session_epoch=node.session_epoch,
        system=_system_to_wire(observed.system),
        inventory=_inventory_to_wire(observed.inventory),
        conditions=[
            _condition_to_wire(condition)
            for condition in (*observed.conditions, *node.marks, *seen.service_conditions)
        ],
        adoption_proposal=node.proposal,
        taints=intent.taints_to_wire(node.intent.taints),
        roles=intent.roles_to_wire(node.intent.roles),
        reserved_cores=chosen(node.intent.reserved_cores, DEFAULT_RESERVED_CORES),
        reserved_memory_bytes=chosen(
            node.intent.reserved_memory_bytes, DEFAULT_RESERVED_MEMORY_BYTES
        ),
        drain=None if node.drain is None else intent.drain_to_wire(node.drain),
        overcommit=intent.overcommit_to_wire(node.intent.overcommit),
        failure_domain=intent.failure_domain_to_wire(node.intent.failure_domain),
        bmc=intent.bmc_to_wire(node.intent.bmc),
        eviction=intent.eviction_to_wire(node.eviction),
        usage=None if seen.usage is None else _usage_to_wire(seen.usage),
        last_heartbeat_time=timestamp(seen.last_heartbeat_time),
        certificate_expire_time=timestamp(node.certificate_expire_time),
        observe_time=timestamp(seen.observe_time),
        stale=seen.stale,
        simulated=observed.simulated,
    )


def metrics_to_wire(seen: Seen) -> pb.NodeMetrics:
    """Write how busy a node is; what is too old is unknown."""
    inventory, usage = seen.node.observed.inventory, seen.usage
    return pb.NodeMetrics(
        name=seen.node.name,
        usage=None if usage is None or seen.stale else _usage_to_wire(usage),
        memory_total_bytes=inventory.memory_total_bytes,
        cpu_count=inventory.cpu.cpu_count if inventory.cpu is not None else None,
        observe_time=timestamp(seen.observe_time),
        stale=seen.stale,
    )


def filter_of(wire: pb.ListNodesRequest) -> NodeFilter:
    """Read which nodes are asked for."""
    return NodeFilter(
        name_prefix=wire.name_prefix,
        labels=tuple(sorted(wire.labels.items())),
        query=wire.query,
        phases=tuple(Phase(suffix(pb.Node.Phase.Name(each), "PHASE_")) for each in wire.phases),
        modes=tuple(Mode(suffix(pb.Node.Mode.Name(each), "MODE_")) for each in wire.modes),
        cluster=wire.cluster,
    )


def address_of(wire: pb.NodeAddress) -> Address:
    """Read an address."""
    purpose = pb.NodeAddress.Purpose.Name(wire.purpose)
    ip = plain_ip(wire.ip, field="addresses.ip")
    return Address(ip, wire.port, Purpose(suffix(purpose, "PURPOSE_")))


def peer_ip(peer: str) -> str:
    """Read the address in `ipv4:10.0.0.7:5000`, `ipv6:%5B::1%5D:5000` or `10.0.0.7:5000`."""
    address = unquote(peer).removeprefix("ipv4:").removeprefix("ipv6:")
    return address.rpartition(":")[0].strip("[]")


def system_of(wire: pb.NodeSystem) -> System:
    """Read what runs on a host."""
    return System(
        agent_version=wire.agent_version,
        protocol_lowest=wire.protocol_lowest,
        protocol_highest=wire.protocol_highest,
        os=wire.os,
        kernel=wire.kernel,
        hypervisor=wire.hypervisor,
        hypervisor_version=wire.hypervisor_version,
        virt_type=wire.virt_type,
        boot_time=time_of(wire.boot_time) if wire.HasField("boot_time") else None,
        architecture=wire.architecture,
    )


def inventory_of(wire: pb.NodeInventory) -> Inventory:
    """Read the hardware."""
    return Inventory(
        cpu=_cpu_of(wire.cpu) if wire.HasField("cpu") else None,
        memory_total_bytes=present(wire, "memory_total_bytes", wire.memory_total_bytes),
        disks=tuple(
            Disk(
                path=disk.path,
                stable_id=disk.stable_id,
                model=disk.model,
                size_bytes=present(disk, "size_bytes", disk.size_bytes),
            )
            for disk in wire.disks
        ),
        nics=tuple(_nic_of(nic) for nic in wire.nics),
        pools=tuple(pool_of(pool) for pool in wire.pools),
        network_drivers=tuple(wire.network_drivers),
        chassis=wire.chassis,
    )


def pool_of(wire: pb.PoolInventory) -> Pool:
    """Read a pool."""
    return Pool(
        pool=wire.pool,
        state=PoolState(suffix(enum_name(pb.PoolInventory.State, wire.state), "STATE_")),
        path=wire.path,
        capacity_bytes=present(wire, "capacity_bytes", wire.capacity_bytes),
        free_bytes=present(wire, "free_bytes", wire.free_bytes),
        error=wire.error,
    )


def condition_of(wire: pb.NodeCondition) -> Condition:
    """Read a condition; a status left out is unknown."""
    return _condition_of(wire.SerializeToString(deterministic=True))


@lru_cache(maxsize=1 << 13)
def _condition_of(content: bytes) -> Condition:
    """Kept, since hosts say the same of themselves beat after beat."""
    wire = pb.NodeCondition.FromString(content)
    status = suffix(enum_name(pb.NodeCondition.Status, wire.status), "STATUS_")
    return Condition(
        type=wire.type,
        status=Status.UNKNOWN if status == "UNSPECIFIED" else Status(status),
        reason=wire.reason,
        message=wire.message,
        since=time_of(wire.since_time) if wire.HasField("since_time") else None,
    )


def usage_of(wire: pb.NodeUsage) -> Usage:
    """Read the load."""
    return Usage(
        cpu_percent=present(wire, "cpu_percent", wire.cpu_percent),
        memory_used_bytes=present(wire, "memory_used_bytes", wire.memory_used_bytes),
        load_1=present(wire, "load_1", wire.load_1),
        load_5=present(wire, "load_5", wire.load_5),
        load_15=present(wire, "load_15", wire.load_15),
        machine_count=present(wire, "machine_count", wire.machine_count),
    )


def _cpu_of(wire: pb.CpuInventory) -> Cpu:
    return Cpu(
        model=wire.model,
        socket_count=present(wire, "socket_count", wire.socket_count),
        core_count=present(wire, "core_count", wire.core_count),
        thread_count=present(wire, "thread_count", wire.thread_count),
        frequency_mhz=present(wire, "frequency_mhz", wire.frequency_mhz),
        flags=tuple(wire.flags),
        cpu_count=present(wire, "cpu_count", wire.cpu_count),
    )


def _nic_of(wire: pb.NicInventory) -> Nic:
    return Nic(
        name=wire.name,
        mac=wire.mac,
        driver=wire.driver,
        speed_mbps=present(wire, "speed_mbps", wire.speed_mbps),
        mtu=present(wire, "mtu", wire.mtu),
        carrier=present(wire, "carrier", wire.carrier),
    )


def _address_to_wire(address: Address) -> pb.NodeAddress:
    return pb.NodeAddress(
        ip=address.ip, port=address.port, purpose=f"PURPOSE_{address.purpose.value}"
    )


def _system_to_wire(system: System) -> pb.NodeSystem:
    return pb.NodeSystem(
        agent_version=system.agent_version,
        protocol_lowest=system.protocol_lowest,
        protocol_highest=system.protocol_highest,
        os=system.os,
        kernel=system.kernel,
        hypervisor=system.hypervisor,
        hypervisor_version=system.hypervisor_version,
        virt_type=system.virt_type,
        boot_time=timestamp(system.boot_time),
        architecture=system.architecture,
    )


def _inventory_to_wire(inventory: Inventory) -> pb.NodeInventory:
    return pb.NodeInventory(
        cpu=None if inventory.cpu is None else _cpu_to_wire(inventory.cpu),
        memory_total_bytes=inventory.memory_total_bytes,
        disks=[
            pb.DiskInventory(
                path=disk.path,
                stable_id=disk.stable_id,
                model=disk.model,
                size_bytes=disk.size_bytes,
            )
            for disk in inventory.disks
        ],
        nics=[
            pb.NicInventory(
                name=nic.name,
                mac=nic.mac,
                driver=nic.driver,
                speed_mbps=nic.speed_mbps,
                mtu=nic.mtu,
                carrier=nic.carrier,
            )
            for nic in inventory.nics
        ],
        pools=[_pool_to_wire(pool) for pool in inventory.pools],
        network_drivers=inventory.network_drivers,
        chassis=inventory.chassis,
    )


def _cpu_to_wire(cpu: Cpu) -> pb.CpuInventory:
    return pb.CpuInventory(
        model=cpu.model,
        socket_count=cpu.socket_count,
        core_count=cpu.core_count,
        thread_count=cpu.thread_count,
        frequency_mhz=cpu.frequency_mhz,
        flags=cpu.flags,
        cpu_count=cpu.cpu_count,
    )


def _pool_to_wire(pool: Pool) -> pb.PoolInventory:
    return pb.PoolInventory(
        pool=pool.pool,
        state=f"STATE_{pool.state.value}",
        path=pool.path,
        capacity_bytes=pool.capacity_bytes,
        free_bytes=pool.free_bytes,
        error=pool.error,
    )


def _condition_to_wire(condition: Condition) -> pb.NodeCondition:
    return pb.NodeCondition(
        type=condition.type,
        status=f"STATUS_{condition.status.value}",
        reason=condition.reason,
        message=condition.message,
        since_time=timestamp(condition.since),
    )


def _usage_to_wire(usage: Usage) -> pb.NodeUsage:
    return pb.NodeUsage(
        cpu_percent=usage.cpu_percent,
        memory_used_bytes=usage.memory_used_bytes,
        load_1=usage.load_1,
        load_5=usage.load_5,
        load_15=usage.load_15,
        machine_count=usage.machine_count,
    )
