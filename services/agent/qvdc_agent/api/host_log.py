"""HostLogService: what this host's processes wrote."""

from typing import Protocol

from quantix.agent.v1 import host_log_pb2 as wire_pb2
from qvdc_agent.domain.host_log import LogEnd, LogProcess
from qvdc_rpc.context import RequestContext

HOST_LOG_SERVICE = wire_pb2.DESCRIPTOR.services_by_name["HostLogService"]
_PROCESSES = {
    wire_pb2.ReadHostLogRequest.PROCESS_AGENT: LogProcess.AGENT,
    wire_pb2.ReadHostLogRequest.PROCESS_GUARDIAN: LogProcess.GUARDIAN,
}


class HostLogs(Protocol):
    """The logs of this product's processes on the host."""

    async def read(self, process: LogProcess, *, line_count: int, contains: str) -> LogEnd:
        """Return the newest lines of a log that hold `contains`.

        Raises:
            HostLogUnreadable: with the words of the host's own command.
        """


class HostLogServicer:
    """Turns the wire into domain values and back."""

    def __init__(self, logs: HostLogs) -> None:
        self._logs = logs

    async def read_host_log(
        self, request: wire_pb2.ReadHostLogRequest, _: RequestContext
    ) -> wire_pb2.ReadHostLogResponse:
        """Read the end of a log."""
        end = await self._logs.read(
            _PROCESSES[request.process], line_count=request.line_count, contains=request.contains
        )
        return wire_pb2.ReadHostLogResponse(lines=end.lines, truncated=end.truncated)
