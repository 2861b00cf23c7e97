import { Link } from "react-router";

import { bytes, idOf, percent, UNKNOWN } from "../../components/format";
import { nodePhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import type { Columns } from "../../components/table/data-table";
import { When } from "../../components/time";
import { Node_Mode as Mode, type Node } from "../../gen/quantix/node/v1/node_pb";
import { hostTitle } from "./title";

const dash = <span className="q-unknown">{UNKNOWN}</span>;

const memory = ({ usage, inventory }: Node) =>
  inventory?.memoryTotalBytes === undefined ? dash : `${bytes(usage?.memoryUsedBytes)} of ${bytes(inventory.memoryTotalBytes)}`;

/** The columns of every list of hosts. */
export const HOST_COLUMNS: Columns<Node> = [
  { title: "Name", text: hostTitle, cell: (row) => <Link to={`/hosts/${idOf(row.name)}`}>{hostTitle(row)}</Link> },
  {
    title: "Phase",
    glows: true,
    text: ({ phase, mode }) => `${nodePhase(phase).word}${mode === Mode.CORDONED ? ", cordoned" : ""}`,
    cell: ({ phase, phaseReason, mode }) => (
      <>
        <StateMark shown={nodePhase(phase)} title={phaseReason || undefined} />{" "}
        {mode === Mode.CORDONED && <StateMark shown={{ tone: "attention", word: "Cordoned" }} />}
      </>
    ),
  },
  { title: "Cluster", text: ({ cluster }) => idOf(cluster), cell: ({ cluster }) => (cluster ? <Link to={`/${cluster}`}>{idOf(cluster)}</Link> : dash) },
  { title: "CPU", text: ({ usage }) => usage?.cpuPercent ?? -1, cell: ({ usage }) => percent(usage?.cpuPercent) },
  { title: "Memory", text: ({ usage }) => usage?.memoryUsedBytes ?? -1n, cell: memory },
  { title: "VMs", text: ({ usage }) => usage?.machineCount ?? -1, cell: ({ usage }) => usage?.machineCount ?? dash },
  { title: "Address", text: ({ addresses }) => addresses[0]?.ip ?? "", cell: ({ addresses }) => addresses[0]?.ip ?? dash },
  { title: "Processors", extra: true, text: ({ inventory }) => inventory?.cpu?.cpuCount ?? -1, cell: ({ inventory }) => inventory?.cpu?.cpuCount ?? dash },
  { title: "Agent", extra: true, text: ({ system }) => system?.agentVersion ?? "", cell: ({ system }) => system?.agentVersion || dash },
  { title: "Labels", extra: true, text: ({ labels }) => Object.entries(labels).map((pair) => pair.join("=")).join(" "), cell: ({ labels }) => Object.entries(labels).map((pair) => pair.join("=")).join(", ") || dash },
  { title: "Joined", extra: true, text: ({ createTime }) => createTime?.seconds ?? 0n, cell: ({ createTime }) => <When time={createTime} /> },
];

export const nameOf = ({ name }: { name: string }): string => name;
