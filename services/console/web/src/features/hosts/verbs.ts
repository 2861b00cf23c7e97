import { callNodeVerb, type NodeVerb } from "../../api/nodes";
import type { BulkVerb } from "../../components/table/data-table";
import type { Verb } from "../../components/verbs";
import { Node_Mode as Mode, type Node } from "../../gen/quantix/node/v1/node_pb";

const CHANGED = "HardwareChanged";

/** The verbs of a host, those that make sense now; `remove`, if given, asks before it takes the host out of the site. */
export function hostVerbs(node: Node, act: (verb: NodeVerb) => void, remove?: () => void): Verb[] {
  const maintained = node.mode === Mode.MAINTENANCE;
  const draining = node.drain ? "It is being emptied." : undefined;
  const verbs: Verb[] = [
    node.mode === Mode.CORDONED
      ? { text: "Uncordon", needs: "node.cordon", act: () => act("uncordon") }
      : { text: "Cordon", needs: "node.cordon", act: () => act("cordon"), not: maintained ? "It is in maintenance." : undefined },
    { text: "Drain", needs: "node.maintain", act: () => act("drain"), not: maintained ? "It is in maintenance." : draining },
    maintained
      ? { text: "Exit maintenance", needs: "node.maintain", act: () => act("exitMaintenance") }
      : { text: "Enter maintenance", needs: "node.maintain", act: () => act("enterMaintenance") },
    { text: "Read inventory again", needs: "node.update", act: () => act("refreshInventory") },
  ];
  if (node.conditions.some(({ type, status }) => type === CHANGED && status === 1))
    verbs.push({ text: "Confirm changed hardware", needs: "node.update", act: () => act("confirmHardware") });
  if (!remove) return verbs;
  return [...verbs, { text: "Remove from the site", needs: "node.delete", act: remove, danger: true }];
}

const ofMany = (text: string, verb: NodeVerb, needs: string, fits: (node: Node) => boolean): BulkVerb<Node> => ({
  text,
  needs,
  fits,
  act: ({ name }) => callNodeVerb(verb, name),
});

export const BULK_VERBS: ReadonlyArray<BulkVerb<Node>> = [
  ofMany("Cordon", "cordon", "node.cordon", ({ mode }) => mode === Mode.ACTIVE),
  ofMany("Uncordon", "uncordon", "node.cordon", ({ mode }) => mode === Mode.CORDONED),
  ofMany("Enter maintenance", "enterMaintenance", "node.maintain", ({ mode }) => mode !== Mode.MAINTENANCE),
  ofMany("Exit maintenance", "exitMaintenance", "node.maintain", ({ mode }) => mode === Mode.MAINTENANCE),
];
