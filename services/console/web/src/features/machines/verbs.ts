import type { MachineVerb } from "../../api/machines";
import { machineState } from "../../components/state";
import type { Verb } from "../../components/verbs";
import { VirtualMachine_State as State, type VirtualMachine } from "../../gen/quantix/vm/v1/virtual_machine_pb";

const STARTABLE = new Set([State.STOPPED, State.CRASHED, State.ERROR, State.LOST]);
const STOPPABLE = new Set([State.RUNNING, State.PAUSED]);
const CUTTABLE = new Set([...STOPPABLE, State.STARTING, State.STOPPING, State.UNKNOWN]);

/** The verbs of a machine; what its state forbids says so. */
export function machineVerbs(machine: VirtualMachine, act: (verb: MachineVerb) => void, remove: () => void): Verb[] {
  const { state } = machine;
  const now = `It is ${machineState(state).word.toLowerCase()}.`;
  const not = (allowed: ReadonlySet<State>) => (allowed.has(state) ? undefined : now);
  return [
    { text: "Start", act: () => act("start"), not: not(STARTABLE) },
    { text: "Shut down", act: () => act("shutdown"), not: not(STOPPABLE) },
    { text: "Power off", act: () => act("powerOff"), not: not(CUTTABLE) },
    { text: "Delete", act: remove, danger: true, not: machine.deleteProtection ? "It is protected." : undefined },
  ];
}
