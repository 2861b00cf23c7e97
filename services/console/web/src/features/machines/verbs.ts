import { callMachineVerb, type MachineVerb } from "../../api/machines";
import { machineState } from "../../components/state";
import type { BulkVerb } from "../../components/table/data-table";
import type { Verb } from "../../components/verbs";
import { VirtualMachine_State as State, type VirtualMachine } from "../../gen/quantix/vm/v1/virtual_machine_pb";

const STARTABLE: ReadonlySet<State> = new Set([State.STOPPED, State.CRASHED, State.ERROR, State.LOST]);
const STOPPABLE: ReadonlySet<State> = new Set([State.RUNNING, State.PAUSED]);
const CUTTABLE: ReadonlySet<State> = new Set([...STOPPABLE, State.STARTING, State.STOPPING, State.UNKNOWN]);

const NEEDS: Readonly<Record<MachineVerb, string>> = {
  start: "vm.start",
  shutdown: "vm.stop",
  powerOff: "vm.stop",
  delete: "vm.delete",
};

/** The verbs of a machine; what its state forbids says so. */
export function machineVerbs(machine: VirtualMachine, act: (verb: MachineVerb) => void, remove: () => void): Verb[] {
  const { state } = machine;
  const now = `It is ${machineState(state).word.toLowerCase()}.`;
  const not = (allowed: ReadonlySet<State>) => (allowed.has(state) ? undefined : now);
  return [
    { text: "Start", needs: NEEDS.start, act: () => act("start"), not: not(STARTABLE) },
    { text: "Shut down", needs: NEEDS.shutdown, act: () => act("shutdown"), not: not(STOPPABLE) },
    { text: "Power off", needs: NEEDS.powerOff, act: () => act("powerOff"), not: not(CUTTABLE) },
    { text: "Delete", needs: NEEDS.delete, act: remove, danger: true, not: machine.deleteProtection ? "It is protected." : undefined },
  ];
}


const ofMany = (text: string, verb: MachineVerb, fits: (machine: VirtualMachine) => boolean, danger = false): BulkVerb<VirtualMachine> => ({
  text,
  needs: NEEDS[verb],
  danger,
  fits,
  act: (machine) => callMachineVerb({ verb, machine }),
});

export const BULK_VERBS: ReadonlyArray<BulkVerb<VirtualMachine>> = [
  ofMany("Start", "start", ({ state }) => STARTABLE.has(state)),
  ofMany("Shut down", "shutdown", ({ state }) => STOPPABLE.has(state)),
  ofMany("Power off", "powerOff", ({ state }) => CUTTABLE.has(state), true),
  ofMany("Delete", "delete", ({ deleteProtection }) => !deleteProtection, true),
];
