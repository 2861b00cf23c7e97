"""The whole cluster service in this process, with stand-ins for the services it follows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from quantix.node.v1 import node_pb2
from quantix.vm.v1 import virtual_machine_pb2 as vm_pb2
from qvdc_cluster.app import build
from qvdc_cluster.settings import Settings
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.lease import Leases
from qvdc_obs.metrics import Metrics
from qvdc_rpc.process import Process
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from qvdc_testing.postgresql import TestDatabase
from qvdc_testing.wire import Callers, local_wire, neighbour
from tests.cluster_testing.owners import MachineOwner, NodeOwner, a_wire_node
from tests.cluster_testing.running import H1, H2, Running


@pytest.fixture
async def running(postgresql: TestDatabase, etcd: EtcdServer, pki: Pki) -> AsyncIterator[Running]:
    """The service, ready, following a node service with two hosts."""
    async with AsyncExitStack() as stack:
        nodes = NodeOwner(a_wire_node("h1", H1), a_wire_node("h2", H2))
        node_process = Process("node", local_wire(pki, "node"))
        node_service = node_pb2.DESCRIPTOR.services_by_name["NodeService"]
        node_process.serve(node_service, neighbour(node_service, nodes))
        await stack.enter_async_context(node_process.running())
        vm_process = Process("vm", local_wire(pki, "vm"))
        vm_service = vm_pb2.DESCRIPTOR.services_by_name["VirtualMachineService"]
        vm_process.serve(vm_service, neighbour(vm_service, MachineOwner()))
        await stack.enter_async_context(vm_process.running())

        identity = pki.service("cluster")
        settings = Settings(
            database_url=postgresql.url("qvdc_cluster"),
            database_admin_url=postgresql.admin_url,
            etcd_endpoints=etcd.endpoint,
            mesh_listen="127.0.0.1:0",
            http_listen="127.0.0.1:0",
            advertise_host="127.0.0.1",
            cert_file=identity.cert_file,
            key_file=identity.key_file,
            ca_file=identity.ca_file,
            assertion_jwks=pki.assertion_jwks_file,
            node_endpoints=f"127.0.0.1:{node_process.mesh_port}/127.0.0.1:1",
            vm_endpoints=f"127.0.0.1:{vm_process.mesh_port}/127.0.0.1:1",
        )
        client = await stack.enter_async_context(Etcd(EtcdConfig.parse(etcd.endpoint)))
        leases = await stack.enter_async_context(Leases(client))
        process = build(settings, etcd=client, leases=leases, metrics=Metrics())
        await stack.enter_async_context(process.running())
        async with asyncio.timeout(60):
            await _ready(process)
        callers = Callers(process, pki)
        stack.push_async_callback(callers.close)
        yield Running(process, callers, nodes)


async def _ready(process: Process) -> None:
    verdict = await process.readiness.check()
    while not verdict.ready:
        await asyncio.sleep(0.1)
        verdict = await process.readiness.check()
