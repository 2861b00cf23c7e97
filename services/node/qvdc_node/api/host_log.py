"""quantix.node.v1.NodeLogService."""

from quantix.node.v1 import node_log_pb2 as pb
from qvdc_core.clock import Clock
from qvdc_core.ids import Name
from qvdc_node.domain.host_log import DEFAULT_LINES, LogProcess, LogWish
from qvdc_node.usecases.host_log import HostLogsUseCase
from qvdc_rpc.context import RequestContext

NODE_LOG_SERVICE = pb.DESCRIPTOR.services_by_name["NodeLogService"]
_PROCESSES = {
    pb.NodeLog.PROCESS_UNSPECIFIED: LogProcess.AGENT,
    pb.NodeLog.PROCESS_AGENT: LogProcess.AGENT,
    pb.NodeLog.PROCESS_GUARDIAN: LogProcess.GUARDIAN,
}


class NodeLogServicer:
    """Turns the wire into a wish and back."""

    def __init__(self, logs: HostLogsUseCase, clock: Clock) -> None:
        self._logs = logs
        self._clock = clock

    async def get_node_log(self, request: pb.GetNodeLogRequest, _ctx: RequestContext) -> pb.NodeLog:
        """Read the end of a host's log."""
        name = str(Name.parse(request.name, "nodes"))
        wanted = LogWish(
            process=_PROCESSES[request.process],
            line_count=request.line_count or DEFAULT_LINES,
            contains=request.contains,
        )
        end = await self._logs.read(name, wanted)
        message = pb.NodeLog(
            name=name,
            process=f"PROCESS_{wanted.process.value}",
            lines=end.lines,
            truncated=end.truncated,
        )
        message.read_time.FromDatetime(self._clock.now())
        return message
