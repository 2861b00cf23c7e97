import { Title } from "@patternfly/react-core";
import { Link } from "react-router";

import { Copy } from "../../components/copy";
import { Facts } from "../../components/facts";
import { bytes, idOf, percent, UNKNOWN, words } from "../../components/format";
import { condition, nodeMode, nodePhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { DataTable, type Columns } from "../../components/table/data-table";
import { When } from "../../components/time";
import type { Node, NodeCondition } from "../../gen/quantix/node/v1/node_pb";
import { Draining } from "./drain";
import { FenceClock } from "./fence-clock";

const conditions: Columns<NodeCondition> = [
  { title: "Condition", cell: ({ type }) => words(type) },
  { title: "Holds", cell: ({ type, status }) => <StateMark shown={condition(type, status)} /> },
  { title: "Why", cell: ({ reason, message }) => <span title={reason}>{message || words(reason)}</span> },
  { title: "Since", cell: ({ sinceTime }) => <When time={sinceTime} /> },
];
const conditionType = ({ type }: NodeCondition) => type;

const load = ({ usage }: Node) =>
  usage?.load1 === undefined ? "" : [usage.load1, usage.load5, usage.load15].map((each) => each?.toFixed(2) ?? UNKNOWN).join(" · ");

/** How a host stands. */
export function Summary({ node }: { node: Node }) {
  const { system, usage } = node;
  return (
    <div className={node.stale ? "q-stale" : undefined}>
      {node.drain && <Draining drain={node.drain} />}
      <Facts
        items={[
          ["Phase", node.phaseReason ? `${nodePhase(node.phase).word}: ${words(node.phaseReason)}` : nodePhase(node.phase).word],
          ["Mode", <StateMark key="mode" shown={nodeMode(node.mode)} />],
          ["Cluster", node.cluster && <Link to={`/${node.cluster}`}>{idOf(node.cluster)}</Link>],
          ["CPU use", percent(usage?.cpuPercent)],
          ["Memory used", `${bytes(usage?.memoryUsedBytes)} of ${bytes(node.inventory?.memoryTotalBytes)}`],
          ["Load (1, 5, 15 min)", load(node)],
          ["Machines", usage?.machineCount],
          ["Addresses", [...new Set(node.addresses.map(({ ip }) => ip))].join(", ")],
          ["Up since", <When key="boot" time={system?.bootTime} />],
          ["System", system?.os],
          ["Kernel", system?.kernel],
          ["Hypervisor", `${system?.hypervisor || UNKNOWN} ${system?.hypervisorVersion ?? ""}${node.simulated ? " (simulated)" : ""}`],
          ["Agent", system?.agentVersion],
          ["Certificate ends", <When key="cert" time={node.certificateExpireTime} />],
          ["Uid", <Copy key="uid" text={node.uid} label="uid" shorten={13} />],
        ]}
      />
      <Title headingLevel="h2" size="lg">
        Self-fence clock
      </Title>
      <FenceClock node={node} />
      <Title headingLevel="h2" size="lg">
        Conditions
      </Title>
      <DataTable
        label="Conditions"
        rows={node.conditions}
        rowKey={conditionType}
        columns={conditions}
        search={false}
        empty={<p className="q-none">The host has told no condition yet.</p>}
      />
    </div>
  );
}
