"""quantix.host.v1.PortSyncService."""

from datetime import UTC

from quantix.host.v1 import port_sync_pb2 as pb
from quantix.host.v1 import sync_pb2
from qvdc_core.clock import Clock
from qvdc_network.api.convert_port import plugged_of
from qvdc_network.domain.report import HostReport
from qvdc_network.usecases.port_sync import PortReports
from qvdc_rpc.context import RequestContext

PORT_SYNC_SERVICE = pb.DESCRIPTOR.services_by_name["PortSyncService"]


class PortSyncServicer:
    """Hosts' reports on the wire."""

    def __init__(self, reports: PortReports, *, clock: Clock) -> None:
        self._reports = reports
        self._clock = clock

    async def report_ports(
        self, request: pb.ReportPortsRequest, ctx: RequestContext
    ) -> pb.ReportPortsResponse:
        """Store what a host has plugged."""
        looked = request.observe_time
        report = HostReport(
            node_uid=request.node_uid,
            chassis=request.chassis,
            error=request.error,
            ports=tuple(plugged_of(port) for port in request.ports),
            unchanged=request.unchanged,
            state_hash=request.state_hash,
            change_count=request.change_count,
            observe_time=(
                looked.ToDatetime(tzinfo=UTC)
                if request.HasField("observe_time")
                else self._clock.now()
            ),
        )
        answer = await self._reports.report(report, actor=ctx.caller)
        response = pb.ReportPortsResponse(
            state_hash=answer.state_hash,
            request_full_sync=answer.request_full,
            conflicts=[
                sync_pb2.SyncConflict(id=each.port_uid, kind=f"KIND_{each.kind.value}")
                for each in answer.conflicts
            ],
        )
        if not request.unchanged:
            response.outcome.reconciled_count = answer.reconciled
            response.outcome.discovered_count = answer.discovered
            response.outcome.lost_count = answer.lost
        return response
