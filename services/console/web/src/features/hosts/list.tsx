import { Button, FormSelect, FormSelectOption, ToolbarItem } from "@patternfly/react-core";
import ServerIcon from "@patternfly/react-icons/dist/esm/icons/server-icon";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";

import { useCordonNode, useNodes, useUncordonNode } from "../../api/nodes";
import { DataTable, type Column } from "../../components/data-table";
import { Empty } from "../../components/empty";
import { bytes, idOf, percent, UNKNOWN } from "../../components/format";
import { Page } from "../../components/page";
import { Refused } from "../../components/refused";
import { nodePhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { When } from "../../components/time";
import { Verbs } from "../../components/verbs";
import { Node_Mode, type Node } from "../../gen/quantix/node/v1/node_pb";
import { JoinTokenDialog } from "./join-token";

const dash = <span className="q-unknown">{UNKNOWN}</span>;
const title = (node: Node) => node.displayName || node.hostname || idOf(node.name);

const columns: ReadonlyArray<Column<Node>> = [
  { title: "Name", text: title, cell: (row) => <Link to={`/hosts/${idOf(row.name)}`}>{title(row)}</Link> },
  {
    title: "Phase",
    text: ({ phase }) => nodePhase(phase).word,
    cell: ({ phase, phaseReason, mode }) => (
      <>
        <StateMark shown={nodePhase(phase)} title={phaseReason || undefined} />{" "}
        {mode === Node_Mode.CORDONED && <StateMark shown={{ tone: "attention", word: "Cordoned" }} />}
      </>
    ),
  },
  { title: "Cluster", text: ({ cluster }) => cluster, cell: ({ cluster }) => (cluster ? <Link to={`/${cluster}`}>{idOf(cluster)}</Link> : dash) },
  { title: "CPU", text: ({ usage }) => usage?.cpuPercent ?? -1, cell: ({ usage }) => percent(usage?.cpuPercent) },
  {
    title: "Memory",
    text: ({ usage }) => usage?.memoryUsedBytes ?? -1n,
    cell: ({ usage, inventory }) => `${bytes(usage?.memoryUsedBytes)} of ${bytes(inventory?.memoryTotalBytes)}`,
  },
  { title: "VMs", text: ({ usage }) => usage?.machineCount ?? -1, cell: ({ usage }) => usage?.machineCount ?? dash },
  { title: "Last beat", cell: ({ lastHeartbeatTime }) => <When time={lastHeartbeatTime} /> },
];

export default function HostList() {
  const nodes = useNodes();
  const [params, setParams] = useSearchParams();
  const [joining, setJoining] = useState(false);
  const cordon = useCordonNode();
  const uncordon = useUncordonNode();
  const phase = params.get("phase") ?? "";
  const phases = [...new Set(nodes.items?.map((each) => nodePhase(each.phase).word))].sort();
  const choose = (value: string) =>
    setParams(value ? { phase: value } : {}, { replace: true });
  const withVerbs: ReadonlyArray<Column<Node>> = [
    ...columns,
    {
      title: "",
      cell: (row) => (
        <Verbs
          label={`Verbs of ${title(row)}`}
          verbs={[
            row.mode === Node_Mode.CORDONED
              ? { text: "Uncordon", act: () => uncordon.mutate(row.name) }
              : { text: "Cordon", act: () => cordon.mutate(row.name) },
          ]}
        />
      ),
    },
  ];
  const join = <Button onClick={() => setJoining(true)}>Add host</Button>;
  return (
    <Page title="Hosts" actions={join}>
      <Refused error={cordon.error ?? uncordon.error} title="Not changed" />
      <DataTable
        label="Hosts"
        rows={phase ? nodes.items?.filter((each) => nodePhase(each.phase).word === phase) : nodes.items}
        rowKey={({ name }) => name}
        columns={withVerbs}
        error={nodes.error}
        retry={nodes.retry}
        dim={({ stale }) => stale}
        filters={
          <ToolbarItem>
            <FormSelect aria-label="Phase" value={phase} onChange={(_event, value) => choose(value)}>
              <FormSelectOption value="" label="All phases" />
              {phases.map((each) => (
                <FormSelectOption key={each} value={each} label={each} />
              ))}
            </FormSelect>
          </ToolbarItem>
        }
        empty={
          <Empty title="No host has joined yet" icon={ServerIcon} action={join}>
            A host joins with a token: make one, then run one command on the host.
          </Empty>
        }
      />
      {joining && <JoinTokenDialog onClose={() => setJoining(false)} />}
    </Page>
  );
}
