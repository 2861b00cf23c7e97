"""The contract's shape of an observed machine: answers carry it out of api/, reports out of
adapters/."""

from google.protobuf.timestamp_pb2 import Timestamp

from quantix.agent.v1 import agent_pb2 as wire
from qvdc_agent.domain.observation import MachineState, ObservedMachine

_STATES = {
    MachineState.PREPARING: wire.ObservedMachine.STATE_PREPARING,
    MachineState.STOPPED: wire.ObservedMachine.STATE_STOPPED,
    MachineState.RUNNING: wire.ObservedMachine.STATE_RUNNING,
    MachineState.PAUSED: wire.ObservedMachine.STATE_PAUSED,
    MachineState.CRASHED: wire.ObservedMachine.STATE_CRASHED,
    MachineState.ABSENT: wire.ObservedMachine.STATE_ABSENT,
    MachineState.STOPPING: wire.ObservedMachine.STATE_STOPPING,
}


def observed_to_wire(observed: ObservedMachine, *, node_uid: str) -> wire.ObservedMachine:
    """An observed machine as the contract has it."""
    told = observed.observation
    since, looked = Timestamp(), Timestamp()
    since.FromDatetime(observed.since)
    looked.FromDatetime(observed.observed)
    message = wire.ObservedMachine(
        vm_uid=observed.uid,
        state=_STATES[told.state],
        generation=told.generation,
        settled=told.settled,
        run_epoch=told.run_epoch,
        change_count=observed.change_count,
        cause=told.cause,
        since_time=since,
        observe_time=looked,
        stage=told.stage,
        node_uid=node_uid,
        guarded=told.guarded,
    )
    if told.bytes_done is not None:
        message.bytes_done = told.bytes_done
    if told.bytes_total is not None:
        message.bytes_total = told.bytes_total
    if told.unmanaged is not None:
        message.unmanaged.CopyFrom(
            wire.UnmanagedDomain(
                name=told.unmanaged.name,
                vcpu_count=told.unmanaged.vcpu_count,
                memory_bytes=told.unmanaged.memory_bytes,
                marked=told.unmanaged.marked,
            )
        )
    if told.problem is not None:
        message.problem.reason = told.problem.reason
        message.problem.message = told.problem.message
        message.problem.final = told.problem.final
    return message
