/** States as tone and word. Colour means state and nothing else; the word is always beside it. */
import { ClusterStatus_State } from "../gen/quantix/cluster/v1/cluster_pb";
import { Severity } from "../gen/quantix/event/v1/event_pb";
import { Image_State } from "../gen/quantix/image/v1/image_pb";
import { Network_Phase } from "../gen/quantix/network/v1/network_pb";
import { Port_Status } from "../gen/quantix/network/v1/port_pb";
import { Node_Mode, Node_Phase, NodeCondition_Status } from "../gen/quantix/node/v1/node_pb";
import { PoolOnNode_State, StoragePool_Phase } from "../gen/quantix/node/v1/storage_pool_pb";
import { Operation_State } from "../gen/quantix/operation/v1/operation_pb";
import { VirtualMachine_State } from "../gen/quantix/vm/v1/virtual_machine_pb";
import { words } from "./format";

export type Tone = "good" | "busy" | "attention" | "broken" | "off" | "maintenance";

export interface Shown {
  tone: Tone;
  word: string;
}

type Named = Record<number, string>;

/** Shows a value that this release does not know by its number. */
function by(names: Named, tones: Partial<Record<string, Tone>>) {
  return (value: number): Shown => {
    const name = names[value];
    if (!name || name === "UNSPECIFIED") return { tone: "off", word: name ? "Unknown" : `State ${value}` };
    return { tone: tones[name] ?? "off", word: words(name) };
  };
}

export const clusterState = by(ClusterStatus_State, {
  HEALTHY: "good",
  WARNING: "attention",
  CRITICAL: "broken",
  MAINTENANCE: "maintenance",
});

export const nodePhase = by(Node_Phase, {
  PENDING: "busy",
  READY: "good",
  NOT_READY: "attention",
  DRAINING: "maintenance",
  MAINTENANCE: "maintenance",
  OFFLINE: "broken",
  FENCED: "broken",
  REMOVING: "busy",
});

export const nodeMode = by(Node_Mode, { ACTIVE: "good", CORDONED: "attention", MAINTENANCE: "maintenance" });

export const machineState = by(VirtualMachine_State, {
  PENDING: "busy",
  PROVISIONING: "busy",
  STARTING: "busy",
  RUNNING: "good",
  PAUSED: "attention",
  STOPPING: "busy",
  MIGRATING: "busy",
  CRASHED: "broken",
  LOST: "broken",
  ERROR: "broken",
  DELETING: "busy",
});

export const imageState = by(Image_State, {
  PENDING: "busy",
  UPLOADING: "busy",
  VERIFYING: "busy",
  STORING: "busy",
  READY: "good",
  ERROR: "broken",
  DELETING: "busy",
});

export const networkPhase = by(Network_Phase, {
  PENDING: "busy",
  APPLYING: "busy",
  READY: "good",
  DEGRADED: "attention",
  ERROR: "broken",
  DELETING: "busy",
});

export const portStatus = by(Port_Status, {
  PENDING: "busy",
  BUILD: "busy",
  ACTIVE: "good",
  ERROR: "broken",
});

export const poolPhase = by(StoragePool_Phase, {
  PENDING: "busy",
  READY: "good",
  DEGRADED: "attention",
  ERROR: "broken",
  DELETING: "busy",
});

export const poolOnNode = by(PoolOnNode_State, {
  MOUNTING: "busy",
  HEALTHY: "good",
  DEGRADED: "attention",
  ERROR: "broken",
});

export const operationState = by(Operation_State, {
  QUEUED: "busy",
  RUNNING: "busy",
  CANCELLING: "busy",
  SUCCEEDED: "good",
  FAILED: "broken",
});

export const severity = by(Severity, { INFO: "off", WARNING: "attention", ERROR: "broken", CRITICAL: "broken" });

/** Conditions that are bad news when they hold. */
const BAD_WHEN_TRUE = new Set([
  "AgentSilent",
  "DiskPressure",
  "MemoryPressure",
  "HardwareChanged",
  "DuplicateHostname",
  "CloneSeen",
  "KillStuck",
]);

export function condition(type: string, status: NodeCondition_Status): Shown {
  if (status !== NodeCondition_Status.TRUE && status !== NodeCondition_Status.FALSE)
    return { tone: "off", word: "Unknown" };
  const holds = status === NodeCondition_Status.TRUE;
  return { tone: holds !== BAD_WHEN_TRUE.has(type) ? "good" : "attention", word: holds ? "True" : "False" };
}

/** Phases and modes that another service tells by name. */
export function nodePhaseByName(name: string): Shown {
  return nodePhase(Node_Phase[name as keyof typeof Node_Phase] ?? 0);
}

export function machineStateByName(name: string): Shown {
  return machineState(VirtualMachine_State[name as keyof typeof VirtualMachine_State] ?? 0);
}
