"""quantix.console.v1.AuditService."""

from quantix.console.v1 import audit_record_pb2 as pb
from qvdc_console.api.convert import audit_record_to_wire, moment
from qvdc_console.domain.audit import AuditFilter
from qvdc_console.usecases.audit_record import AuditLog
from qvdc_core.page import PageRequest
from qvdc_rpc.context import RequestContext

AUDIT_SERVICE = pb.DESCRIPTOR.services_by_name["AuditService"]


class AuditServicer:
    """Shows the audit trail."""

    def __init__(self, trail: AuditLog) -> None:
        self._trail = trail

    async def list_audit_records(
        self, request: pb.ListAuditRecordsRequest, _ctx: RequestContext
    ) -> pb.ListAuditRecordsResponse:
        """Read a page of records, newest first."""
        wanted = AuditFilter(
            actor=request.actor,
            object=request.object,
            method_prefix=request.method_prefix,
            code=request.code,
            start_time=moment(request.start_time) if request.HasField("start_time") else None,
            end_time=moment(request.end_time) if request.HasField("end_time") else None,
        )
        page = await self._trail.page(wanted, PageRequest.of(request.page_size, request.page_token))
        return pb.ListAuditRecordsResponse(
            audit_records=[audit_record_to_wire(each) for each in page.items],
            next_page_token=page.next_token,
        )
