"""Another service as this one meets it: one process with a certificate, announced in etcd."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor

from quantix.claim.v1 import confession_pb2
from quantix.host.v1 import session_pb2
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.discovery import Discovery, Endpoints
from qvdc_coord.lease import Leases
from qvdc_rpc.context import RequestContext
from qvdc_rpc.process import Process, Wire
from tests.node_testing.site import Site

CONFESSIONS = confession_pb2.DESCRIPTOR.services_by_name["ConfessionService"]


class VmDouble:
    """A vm service that settles confessions by the epochs it is given: uid -> the current one."""

    def __init__(self) -> None:
        self.epochs: dict[str, int] = {}
        self.heard: list[confession_pb2.ConfessMachinesRequest] = []

    async def confess_machines(
        self, request: confession_pb2.ConfessMachinesRequest, ctx: RequestContext
    ) -> confession_pb2.ConfessMachinesResponse:
        assert ctx.caller.subject == "service/node"
        self.heard.append(request)
        return confession_pb2.ConfessMachinesResponse(
            machines=[
                session_pb2.ConfessedMachine(
                    vm_uid=each.vm_uid,
                    keep=self.epochs.get(each.vm_uid) == each.run_epoch,
                    run_epoch=each.run_epoch + 1,
                )
                for each in request.machines
            ]
        )


@asynccontextmanager
async def announced(
    site: Site, etcd: str, service: str, *served: tuple[ServiceDescriptor, Any]
) -> AsyncIterator[None]:
    """Run `service` with these servicers, announced."""
    process = Process(service, Wire(http_listen=None, tls=site.tls(service)))
    for descriptor, double in served:
        process.serve(descriptor, double)
    async with (
        process.running(),
        Etcd(EtcdConfig.parse(etcd)) as client,
        Leases(client) as leases,
    ):
        here = Endpoints(mesh=f"127.0.0.1:{process.mesh_port}", http="127.0.0.1:1")
        announcing = asyncio.create_task(
            Discovery(client, leases).announce(service, f"{service}-1", here)
        )
        yield
        announcing.cancel()
        await asyncio.wait({announcing})


def machines(epochs: dict[str, int]) -> Sequence[session_pb2.ProtectedMachine]:
    """What a host confesses."""
    return [
        session_pb2.ProtectedMachine(vm_uid=uid, run_epoch=epoch) for uid, epoch in epochs.items()
    ]
