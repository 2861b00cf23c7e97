"""quantix.host.v1.PortSyncService."""

from quantix.host.v1 import port_sync_pb2 as pb
from qvdc_network.api.convert_port import plugged_of
from qvdc_network.usecases.port_sync import PortReports
from qvdc_rpc.context import RequestContext

PORT_SYNC_SERVICE = pb.DESCRIPTOR.services_by_name["PortSyncService"]


class PortSyncServicer:
    """Hosts' reports on the wire."""

    def __init__(self, reports: PortReports) -> None:
        self._reports = reports

    async def report_ports(
        self, request: pb.ReportPortsRequest, ctx: RequestContext
    ) -> pb.ReportPortsResponse:
        """Store what a host has plugged."""
        await self._reports.report(
            [plugged_of(port) for port in request.ports],
            node_uid=request.node_uid,
            chassis=request.chassis,
            error=request.error,
            actor=ctx.caller,
        )
        return pb.ReportPortsResponse()
