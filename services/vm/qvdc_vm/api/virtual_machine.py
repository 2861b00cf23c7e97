"""quantix.vm.v1.VirtualMachineService."""

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta

from quantix.cluster.v1 import placement_pb2
from quantix.operation.v1 import operation_pb2
from quantix.vm.v1 import virtual_machine_pb2 as pb
from qvdc_core.clock import Clock
from qvdc_core.event import WatchKind
from qvdc_core.ids import Name
from qvdc_core.operation import Operation
from qvdc_core.page import PageRequest
from qvdc_rpc.context import RequestContext
from qvdc_rpc.event_service import watch_kind
from qvdc_rpc.field_mask import masked_paths
from qvdc_rpc.operation_service import operation_to_wire
from qvdc_rpc.request_key import request_key
from qvdc_vm.api import convert, convert_sync
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.usecases.placement import Placements
from qvdc_vm.usecases.serial import SerialLogs
from qvdc_vm.usecases.unmanaged import UnmanagedMachines
from qvdc_vm.usecases.virtual_machine import VirtualMachines

VIRTUAL_MACHINE_SERVICE = pb.DESCRIPTOR.services_by_name["VirtualMachineService"]
ASKING_WITHIN = timedelta(seconds=5)
"""How long another service or a host may take while somebody waits."""


class VirtualMachineServicer:
    """Turns the wire into verbs of machines and back."""

    def __init__(
        self,
        machines: VirtualMachines,
        placements: Placements,
        serial_logs: SerialLogs,
        unmanaged: UnmanagedMachines,
        *,
        clock: Clock,
    ) -> None:
        self._machines = machines
        self._placements = placements
        self._serial_logs = serial_logs
        self._unmanaged = unmanaged
        self._clock = clock

    async def create_virtual_machine(
        self, request: pb.CreateVirtualMachineRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Create a machine, or say whether it could be."""
        operation = await self._machines.create(
            convert.draft_from_wire(request.virtual_machine),
            machine_id=request.virtual_machine_id,
            start=request.start_on_create,
            validate_only=request.validate_only,
            within=ctx.remaining(ASKING_WITHIN),
            key=request_key(request, ctx),
            actor=ctx.caller,
        )
        return self._operation(operation)

    async def get_virtual_machine(
        self, request: pb.GetVirtualMachineRequest, _ctx: RequestContext
    ) -> pb.VirtualMachine:
        """Read one machine."""
        machine = await self._machines.get(_name(request.name))
        (message,) = await self._shown([machine])
        return message

    async def list_virtual_machines(
        self, request: pb.ListVirtualMachinesRequest, _ctx: RequestContext
    ) -> pb.ListVirtualMachinesResponse:
        """Read a page of machines."""
        page = await self._machines.page(
            convert.filter_from_wire(request),
            PageRequest.of(request.page_size, request.page_token),
        )
        return pb.ListVirtualMachinesResponse(
            virtual_machines=await self._shown(page.items), next_page_token=page.next_token
        )

    async def list_unmanaged_machines(
        self, request: pb.ListUnmanagedMachinesRequest, _ctx: RequestContext
    ) -> pb.ListUnmanagedMachinesResponse:
        """Read a page of what hosts have beside their machines."""
        page = await self._unmanaged.page(
            request.node, PageRequest.of(request.page_size, request.page_token)
        )
        now = self._clock.now()
        return pb.ListUnmanagedMachinesResponse(
            unmanaged_machines=[
                convert_sync.unmanaged_to_wire(each, now=now) for each in page.items
            ],
            next_page_token=page.next_token,
        )

    async def update_virtual_machine(
        self, request: pb.UpdateVirtualMachineRequest, ctx: RequestContext
    ) -> pb.VirtualMachine:
        """Change what does not touch the guest."""
        wanted = request.virtual_machine
        mask = request.update_mask if request.HasField("update_mask") else None
        machine = await self._machines.update(
            _name(wanted.name, field="virtual_machine.name"),
            convert.change_from_wire(wanted, masked_paths(mask, wanted)),
            etag=wanted.etag,
            validate_only=request.validate_only,
            key=request_key(request, ctx),
            actor=ctx.caller,
        )
        return convert.machine_to_wire(machine, now=self._clock.now())

    async def delete_virtual_machine(
        self, request: pb.DeleteVirtualMachineRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Want nothing left of a machine."""
        operation = await self._machines.delete(
            _name(request.name),
            force=request.force,
            etag=request.etag,
            validate_only=request.validate_only,
            key=request_key(request, ctx),
            actor=ctx.caller,
        )
        return self._operation(operation)

    async def start_virtual_machine(
        self, request: pb.StartVirtualMachineRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Want a machine to run."""
        operation = await self._machines.start(
            _name(request.name),
            etag=request.etag,
            validate_only=request.validate_only,
            key=request_key(request, ctx),
            actor=ctx.caller,
        )
        return self._operation(operation)

    async def shutdown_virtual_machine(
        self, request: pb.ShutdownVirtualMachineRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Want a guest to go down by itself."""
        operation = await self._machines.shutdown(
            _name(request.name),
            grace=request.grace.ToTimedelta() if request.HasField("grace") else None,
            power_off_after_grace=request.power_off_after_grace,
            etag=request.etag,
            validate_only=request.validate_only,
            key=request_key(request, ctx),
            actor=ctx.caller,
        )
        return self._operation(operation)

    async def power_off_virtual_machine(
        self, request: pb.PowerOffVirtualMachineRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Want the power cut."""
        operation = await self._machines.power_off(
            _name(request.name),
            etag=request.etag,
            validate_only=request.validate_only,
            key=request_key(request, ctx),
            actor=ctx.caller,
        )
        return self._operation(operation)

    async def place_virtual_machine(
        self, request: pb.PlaceVirtualMachineRequest, ctx: RequestContext
    ) -> placement_pb2.PlacementPlan:
        """Say where a machine would be placed."""
        plan = await self._placements.would_be(
            convert.draft_from_wire(request.virtual_machine),
            within=ctx.remaining(ASKING_WITHIN),
        )
        return convert.plan_to_wire(plan)

    async def get_placement(
        self, request: pb.GetPlacementRequest, _ctx: RequestContext
    ) -> placement_pb2.PlacementPlan:
        """Say why a machine runs where it runs."""
        return convert.plan_to_wire(await self._placements.of(_name(request.name)))

    async def get_serial_log(
        self, request: pb.GetSerialLogRequest, ctx: RequestContext
    ) -> pb.SerialLog:
        """Read serial output from the host."""
        log = await self._serial_logs.read(
            _name(request.name),
            offset_bytes=request.offset_bytes,
            limit_bytes=request.limit_bytes,
            within=ctx.remaining(ASKING_WITHIN),
        )
        return pb.SerialLog(
            text=log.content.decode("utf-8", errors="replace"),
            offset_bytes=log.offset_bytes,
            size_bytes=log.size_bytes,
        )

    async def watch_virtual_machines(
        self, request: pb.WatchVirtualMachinesRequest, _ctx: RequestContext
    ) -> AsyncGenerator[pb.WatchVirtualMachinesResponse, None]:
        """Stream machines: all of them, then each change."""
        async for item in self._machines.watch(resume_token=request.resume_token):
            message = pb.WatchVirtualMachinesResponse(
                kind=watch_kind(item.kind), resume_token=item.token
            )
            if item.value is not None:
                now = self._clock.now()
                message.virtual_machine.CopyFrom(convert.machine_to_wire(item.value, now=now))
            elif item.kind is WatchKind.DELETED:
                message.virtual_machine.name = item.name
                message.virtual_machine.uid = item.uid
            yield message

    async def _shown(self, machines: Sequence[VirtualMachine]) -> list[pb.VirtualMachine]:
        """Write machines as they stand, with where hosts differ."""
        elsewhere = await self._unmanaged.elsewhere(machines)
        now = self._clock.now()
        shown = []
        for machine in machines:
            message = convert.machine_to_wire(machine, now=now)
            found = elsewhere.get(machine.uid, ())
            message.conflicts.extend(convert_sync.conflicts_to_wire(machine, found))
            shown.append(message)
        return shown

    def _operation(self, operation: Operation) -> operation_pb2.Operation:
        return operation_to_wire(operation, now=self._clock.now())


def _name(text: str, *, field: str = "name") -> str:
    return str(Name.parse(text, "vms", field=field))
