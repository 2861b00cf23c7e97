"""Nodes, machines and actors for tests."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

from qvdc_cluster.domain.cluster import NodeUid
from qvdc_cluster.domain.projection import Machine, Node, Pool
from qvdc_core.actor import Actor, ActorKind
from qvdc_core.fence import Fence
from qvdc_core.units import GIB

ANN = Actor("user:ann", ActorKind.USER)
FENCE = Fence(1, "test", 1)


def a_node(name: str, **changes: object) -> Node:
    """A ready host with 4 cores of 2,000 MHz, 17 GiB, OVN and a pool of 100 GiB."""
    pool = Pool(name="default", healthy=True, capacity_bytes=100 * GIB, free_bytes=90 * GIB)
    node = Node(
        uid=NodeUid(str(uuid.uuid5(uuid.NAMESPACE_DNS, name))),
        name=f"nodes/{name}",
        hostname=name,
        phase="READY",
        mode="ACTIVE",
        core_count=4,
        cpu_mhz=8000,
        cpu_percent=25.0,
        memory_bytes=17 * GIB,
        memory_used_bytes=4 * GIB,
        network_drivers=("ovn",),
        pools=(pool,),
        observe_time=datetime.now(UTC),
    )
    return replace(node, **changes)  # type: ignore[arg-type]


def a_machine(name: str, node: Node, cluster: str, **changes: object) -> Machine:
    """A running machine with 2 vCPUs and 2 GiB."""
    machine = Machine(
        uid=str(uuid.uuid5(uuid.NAMESPACE_DNS, f"vm-{name}")),
        name=f"vms/{name}",
        cluster=cluster,
        node_uid=node.uid,
        state="RUNNING",
        vcpu_count=2,
        memory_bytes=2 * GIB,
        disk_bytes=10 * GIB,
    )
    return replace(machine, **changes)  # type: ignore[arg-type]
