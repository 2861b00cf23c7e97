"""quantix.operation.v1 at the door: one list of what every service keeps for its own."""

from quantix.operation.v1 import operation_pb2, operation_pb2_grpc
from qvdc_console.api.owners import Behind, ask_all
from qvdc_console.domain.joined import Cursor, ServicePage, from_token, join, to_token
from qvdc_core.errors import InvalidField, NotFound
from qvdc_rpc.context import RequestContext

DEFAULT_PAGE = 50
LONGEST_PAGE = 1000

_Stub = operation_pb2_grpc.OperationServiceStub


class OperationServicer:
    """Finds the owner in the name, operations/<service>-<uuid>, and joins the lists."""

    def __init__(self, behind: Behind) -> None:
        self._behind = behind

    async def get_operation(
        self, request: operation_pb2.GetOperationRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        owner = self._owner(request.name)
        reply: operation_pb2.Operation = await self._behind.ask(
            owner, lambda channel: _Stub(channel).GetOperation, request, ctx
        )
        return reply

    async def cancel_operation(
        self, request: operation_pb2.CancelOperationRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        owner = self._owner(request.name)
        reply: operation_pb2.Operation = await self._behind.ask(
            owner, lambda channel: _Stub(channel).CancelOperation, request, ctx
        )
        return reply

    async def wait_operation(
        self, request: operation_pb2.WaitOperationRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        owner = self._owner(request.name)
        reply: operation_pb2.Operation = await self._behind.ask(
            owner, lambda channel: _Stub(channel).WaitOperation, request, ctx
        )
        return reply

    async def list_operations(
        self, request: operation_pb2.ListOperationsRequest, ctx: RequestContext
    ) -> operation_pb2.ListOperationsResponse:
        size = page_size(request.page_size)
        cursors = from_token(request.page_token)
        services = sorted(cursors) if cursors else self._behind.known()

        async def ask(service: str) -> ServicePage[operation_pb2.Operation]:
            own = operation_pb2.ListOperationsRequest()
            own.CopyFrom(request)
            own.page_size = size
            own.page_token = cursors.get(service, Cursor()).token
            reply: operation_pb2.ListOperationsResponse = await self._behind.ask(
                service, lambda channel: _Stub(channel).ListOperations, own, ctx
            )
            return ServicePage(reply.operations, reply.next_page_token)

        pages = await ask_all(services, ask, ctx)
        joined = join(pages, cursors, size=size, newest_first=_newest_first)
        return operation_pb2.ListOperationsResponse(
            operations=joined.items, next_page_token=to_token(joined.cursors)
        )

    def _owner(self, name: str) -> str:
        owner = name.removeprefix("operations/").partition("-")[0]
        if owner not in self._behind.names:
            raise NotFound("operation", name)
        return owner


def page_size(asked: int) -> int:
    """The size of a page: 0 means 50, more than 1,000 means 1,000.

    Raises:
        InvalidField: it is negative.
    """
    if asked < 0:
        raise InvalidField("page_size", "must not be negative")
    return min(asked or DEFAULT_PAGE, LONGEST_PAGE)


def _newest_first(operation: operation_pb2.Operation) -> tuple[int, int, str]:
    made = operation.create_time
    return (-made.seconds, -made.nanos, operation.name)
