"""quantix.operation.v1.OperationService, the same in every service."""

from datetime import datetime, timedelta
from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import code_pb2

from quantix.operation.v1 import operation_pb2 as pb
from qvdc_core.clock import Clock
from qvdc_core.ids import Name
from qvdc_core.operation import Operation, OperationFailure, OperationFilter, OperationState
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_rpc.context import RequestContext
from qvdc_rpc.request_key import request_key

OPERATION_SERVICE = pb.DESCRIPTOR.services_by_name["OperationService"]
LONGEST_WAIT = timedelta(seconds=30)
"""Answer of a wait without a time-out."""
ANSWER_MARGIN = timedelta(seconds=1)
"""Left of the caller's deadline for the way back."""


class OperationBook(Protocol):
    """Where the operations of this service are; `qvdc_db.books.OperationBook` is one."""

    async def get(self, operation_id: str) -> Operation:
        """Read one operation."""
        ...

    async def page(self, wanted: OperationFilter, request: PageRequest) -> Page[Operation]:
        """One page, newest first."""
        ...

    async def cancel(self, operation_id: str, *, key: RequestKey | None) -> Operation:
        """Ask for the work to stop."""
        ...

    async def wait(self, operation_id: str, *, timeout: timedelta) -> Operation:
        """Return the operation when it has ended, or as it is after `timeout`."""
        ...


class OperationServicer:
    """Shows and cancels the operations of one service."""

    def __init__(self, operations: OperationBook, clock: Clock) -> None:
        self._operations = operations
        self._clock = clock

    async def get_operation(
        self, request: pb.GetOperationRequest, _ctx: RequestContext
    ) -> pb.Operation:
        """Read one operation."""
        return self._wire(await self._operations.get(_id(request.name)))

    async def list_operations(
        self, request: pb.ListOperationsRequest, _ctx: RequestContext
    ) -> pb.ListOperationsResponse:
        """One page, newest first."""
        states = tuple(_state(state) for state in request.states)
        page = await self._operations.page(
            OperationFilter(request.target, states),
            PageRequest.of(request.page_size, request.page_token),
        )
        return pb.ListOperationsResponse(
            operations=[self._wire(operation) for operation in page.items],
            next_page_token=page.next_token,
        )

    async def cancel_operation(
        self, request: pb.CancelOperationRequest, ctx: RequestContext
    ) -> pb.Operation:
        """Ask for the work to stop."""
        operation = await self._operations.cancel(_id(request.name), key=request_key(request, ctx))
        return self._wire(operation)

    async def wait_operation(
        self, request: pb.WaitOperationRequest, ctx: RequestContext
    ) -> pb.Operation:
        """Answer at the operation's end, or when the time is over."""
        asked = request.timeout.ToTimedelta() if request.HasField("timeout") else LONGEST_WAIT
        timeout = min(asked, max(ctx.remaining() - ANSWER_MARGIN, timedelta()))
        return self._wire(await self._operations.wait(_id(request.name), timeout=timeout))

    def _wire(self, operation: Operation) -> pb.Operation:
        return operation_to_wire(operation, now=self._clock.now())


def operation_to_wire(operation: Operation, *, now: datetime) -> pb.Operation:
    """Write `operation` for the wire; `now` decides whether it is stalled."""
    wire = pb.Operation(
        name=operation.name,
        target=operation.target,
        target_uid=operation.target_uid,
        verb=operation.verb,
        requester=operation.requester,
        state=f"STATE_{operation.state.value}",
        stalled=operation.stalled(now),
        stage=operation.stage,
        progress_percent=operation.progress_percent,
        bytes_done=operation.done_bytes,
        bytes_total=operation.total_bytes,
        last_beat_time=_time(operation.last_beat_time),
        create_time=_time(operation.create_time),
        start_time=_time(operation.start_time),
        end_time=_time(operation.end_time),
        trace_id=operation.trace_id,
        children=[f"operations/{child}" for child in operation.children],
        message=operation.message,
    )
    if operation.failure is not None:
        wire.error.CopyFrom(_error(operation.failure))
    return wire


def _error(failure: OperationFailure) -> pb.OperationError:
    return pb.OperationError(
        code=code_pb2.Code.Value(failure.kind.value),
        reason=failure.reason,
        message=failure.message,
        metadata=failure.facts,
    )


def _time(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    wire = Timestamp()
    wire.FromDatetime(moment)
    return wire


def _id(name: str) -> str:
    return Name.parse(name, "operations").id


def _state(number: int) -> OperationState:
    return OperationState(pb.Operation.State.Name(number).removeprefix("STATE_"))
