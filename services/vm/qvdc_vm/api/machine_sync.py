"""quantix.host.v1.MachineSyncService."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from quantix.agent.v1 import agent_pb2
from quantix.host.v1 import machine_sync_pb2 as pb
from quantix.host.v1 import sync_pb2
from qvdc_core.clock import Clock
from qvdc_rpc.context import RequestContext
from qvdc_vm.domain.observation import Domain, Observed, ObservedState, Problem, Sighting
from qvdc_vm.domain.report import Outcome, Report
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.usecases.observation import Observations

MACHINE_SYNC_SERVICE = pb.DESCRIPTOR.services_by_name["MachineSyncService"]


class MachineSyncServicer:
    """Hears hosts; each speaks for itself alone."""

    def __init__(self, observations: Observations, *, clock: Clock) -> None:
        self._observations = observations
        self._clock = clock

    async def report_machines(
        self, request: pb.ReportMachinesRequest, ctx: RequestContext
    ) -> pb.ReportMachinesResponse:
        """Take in what a host sees."""
        now = self._clock.now()
        report = Report(
            host=HostUid(request.node_uid),
            boot_id=request.boot_id,
            sightings=tuple(
                Sighting(MachineUid(each.vm_uid), _observed(each, now), _domain(each))
                for each in request.machines
            ),
            full=request.full,
            state_hash=request.state_hash,
        )
        answer = await self._observations.report(report, actor=ctx.caller)
        return pb.ReportMachinesResponse(
            state_hash=answer.state_hash,
            request_full_sync=answer.request_full,
            conflicts=[
                pb.MachineConflict(vm_uid=each.uid, kind=f"KIND_{each.kind.value}")
                for each in answer.conflicts
            ],
            outcome=None if answer.outcome is None else _outcome(answer.outcome),
        )


def _outcome(outcome: Outcome) -> sync_pb2.SyncOutcome:
    return sync_pb2.SyncOutcome(
        reconciled_count=outcome.reconciled,
        discovered_count=outcome.discovered,
        lost_count=outcome.lost,
    )


def _domain(seen: agent_pb2.ObservedMachine) -> Domain | None:
    if not seen.HasField("unmanaged"):
        return None
    told = seen.unmanaged
    return Domain(
        name=told.name,
        vcpu_count=told.vcpu_count if told.HasField("vcpu_count") else None,
        memory_bytes=told.memory_bytes if told.HasField("memory_bytes") else None,
        marked=told.marked,
    )


def _observed(seen: agent_pb2.ObservedMachine, now: datetime) -> Observed:
    name = agent_pb2.ObservedMachine.State.Name(seen.state).removeprefix("STATE_")
    problem = seen.problem
    return Observed(
        state=ObservedState.PREPARING if name == "UNSPECIFIED" else ObservedState(name),
        generation=seen.generation,
        run_epoch=seen.run_epoch,
        observe_time=_time(seen.observe_time) if seen.HasField("observe_time") else now,
        settled=seen.settled,
        change_count=seen.change_count,
        cause=seen.cause,
        since_time=_time(seen.since_time) if seen.HasField("since_time") else None,
        stage=seen.stage,
        done_bytes=seen.bytes_done if seen.HasField("bytes_done") else None,
        total_bytes=seen.bytes_total if seen.HasField("bytes_total") else None,
        problem=(
            Problem(problem.reason, problem.message, final=problem.final)
            if seen.HasField("problem")
            else None
        ),
        cpu_percent=seen.cpu_percent if seen.HasField("cpu_percent") else None,
        memory_used_bytes=seen.memory_used_bytes if seen.HasField("memory_used_bytes") else None,
        guarded=seen.guarded,
    )


def _time(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)
