"""Confessions, passed on to the vm service, which owns run epochs and asks nobody meanwhile."""

from collections.abc import Sequence
from datetime import timedelta

from quantix.claim.v1 import confession_pb2, confession_pb2_grpc
from quantix.host.v1 import session_pb2
from qvdc_coord.discovery import Discovery
from qvdc_node.domain.confession import Living, Settled
from qvdc_rpc.dial import Dialer, call
from qvdc_rpc.tls import service_name

ANSWER_WITHIN = timedelta(seconds=5)
"""A host waits 15 s for the whole of its registration."""


class MachineConfessions:
    """Keeps the promises of Confessions over the mesh."""

    def __init__(self, dialer: Dialer, discovery: Discovery) -> None:
        self._dialer = dialer
        self._discovery = discovery

    async def confess(
        self, uid: str, incident: str, machines: Sequence[Living]
    ) -> Sequence[Settled]:
        """Have the machines of a fenced host settled."""
        copies = await self._discovery.resolve("vm")
        channel = self._dialer.channel(copies[0].mesh, name=service_name("vm"))
        stub = confession_pb2_grpc.ConfessionServiceStub(channel)
        request = confession_pb2.ConfessMachinesRequest(
            node_uid=uid,
            incident=incident,
            machines=[
                session_pb2.ProtectedMachine(vm_uid=each.vm_uid, run_epoch=each.run_epoch)
                for each in machines
            ],
        )
        answer = await call(stub.ConfessMachines, request, timeout=ANSWER_WITHIN)
        return [Settled(each.vm_uid, each.keep, each.run_epoch) for each in answer.machines]
