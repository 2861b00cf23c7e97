"""The vm service's Watch, as the cluster service needs it."""

from collections.abc import AsyncIterator

from quantix.vm.v1 import virtual_machine_pb2 as pb
from quantix.vm.v1.virtual_machine_pb2_grpc import VirtualMachineServiceStub
from qvdc_cluster.adapters.following import KINDS, Owner
from qvdc_cluster.domain.cluster import NodeUid
from qvdc_cluster.domain.projection import Machine
from qvdc_core.event import WatchItem


class GrpcMachineFeed:
    """Machines as their owner tells them."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    async def follow(self, resume_token: str) -> AsyncIterator[WatchItem[Machine]]:
        """All machines, then each change; or on from a token.

        Raises:
            ResumeExpired: begin again without a token.
            OwnerAway: the stream broke; go on later with the last token.
        """
        request = pb.WatchVirtualMachinesRequest(resume_token=resume_token)
        items = self._owner.follow(
            lambda channel: VirtualMachineServiceStub(channel).WatchVirtualMachines, request
        )
        async for item in items:
            if item.kind in KINDS:
                yield item_of(item)


def item_of(item: pb.WatchVirtualMachinesResponse) -> WatchItem[Machine]:
    """Read one item of the stream."""
    told = item.HasField("virtual_machine") and item.virtual_machine.uid
    carried = KINDS[item.kind].value in {"SNAPSHOT", "CHANGED"}
    return WatchItem(
        kind=KINDS[item.kind],
        token=item.resume_token,
        value=machine_of(item.virtual_machine) if told and carried else None,
        name=item.virtual_machine.name,
        uid=item.virtual_machine.uid,
    )


def machine_of(machine: pb.VirtualMachine) -> Machine:
    """Read what placement and usage need of a machine."""
    return Machine(
        uid=machine.uid,
        name=machine.name,
        cluster=machine.cluster,
        node_uid=NodeUid(machine.node_uid) if machine.node_uid else None,
        state=pb.VirtualMachine.State.Name(machine.state).removeprefix("STATE_"),
        vcpu_count=machine.vcpu_count or 1,
        memory_bytes=machine.memory_bytes,
        disk_bytes=sum(disk.size_bytes for disk in machine.disks),
    )
