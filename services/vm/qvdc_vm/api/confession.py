"""quantix.claim.v1.ConfessionService."""

from quantix.claim.v1 import confession_pb2 as pb
from quantix.host.v1 import session_pb2
from qvdc_rpc.context import RequestContext
from qvdc_vm.domain.confession import Confession
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.usecases.confession import Confessions

CONFESSION_SERVICE = pb.DESCRIPTOR.services_by_name["ConfessionService"]


class ConfessionServicer:
    """Hears what the node service passes on of fenced hosts."""

    def __init__(self, confessions: Confessions) -> None:
        self._confessions = confessions

    async def confess_machines(
        self, request: pb.ConfessMachinesRequest, _ctx: RequestContext
    ) -> pb.ConfessMachinesResponse:
        """Settle what becomes of a host's machines."""
        confession = Confession(
            host=HostUid(request.node_uid),
            incident=request.incident,
            epochs={MachineUid(each.vm_uid): each.run_epoch for each in request.machines},
        )
        return pb.ConfessMachinesResponse(
            machines=[
                session_pb2.ConfessedMachine(
                    vm_uid=each.uid, keep=each.keep, run_epoch=each.run_epoch
                )
                for each in await self._confessions.confess(confession)
            ]
        )
