import { useState } from "react";
import { Link } from "react-router";

import { useMachines, useMachineVerb } from "../../api/machines";
import { DataTable, type Column } from "../../components/data-table";
import { Empty } from "../../components/empty";
import { bytes, idOf, titleOf, UNKNOWN } from "../../components/format";
import { LinkButton } from "../../components/link-button";
import { Refused } from "../../components/refused";
import { machineState } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { AsOf } from "../../components/time";
import { Verbs } from "../../components/verbs";
import type { VirtualMachine } from "../../gen/quantix/vm/v1/virtual_machine_pb";
import { DeleteMachine } from "./delete-machine";
import { machineVerbs } from "./verbs";

const dash = <span className="q-unknown">{UNKNOWN}</span>;

const columns: ReadonlyArray<Column<VirtualMachine>> = [
  { title: "Name", text: titleOf, cell: (row) => <Link to={`/${row.name}`}>{titleOf(row)}</Link> },
  {
    title: "State",
    text: ({ state }) => machineState(state).word,
    cell: ({ state, stateMessage, observeTime, stale }) => (
      <>
        <StateMark shown={machineState(state)} title={stateMessage || undefined} /> <AsOf time={observeTime} stale={stale} />
      </>
    ),
  },
  { title: "Cluster", text: ({ cluster }) => cluster, cell: ({ cluster }) => <Link to={`/${cluster}`}>{idOf(cluster)}</Link> },
  { title: "Host", text: ({ node }) => node, cell: ({ node }) => (node ? <Link to={`/hosts/${idOf(node)}`}>{idOf(node)}</Link> : dash) },
  { title: "vCPUs", text: ({ vcpuCount }) => vcpuCount ?? 1, cell: ({ vcpuCount }) => vcpuCount ?? 1 },
  { title: "Memory", text: ({ memoryBytes }) => memoryBytes ?? 0n, cell: ({ memoryBytes }) => bytes(memoryBytes) },
  { title: "Addresses", text: ({ addresses }) => addresses.join(" "), cell: ({ addresses }) => addresses.join(", ") || dash },
];

/** The machines of the site, a cluster or a host, live, with their verbs. */
export function MachineTable({ cluster, node }: { cluster?: string; node?: string }) {
  const machines = useMachines();
  const verb = useMachineVerb();
  const [doomed, setDoomed] = useState<VirtualMachine>();
  const rows = machines.items?.filter((each) => (!cluster || each.cluster === cluster) && (!node || each.node === node));
  const withVerbs: ReadonlyArray<Column<VirtualMachine>> = [
    ...columns,
    {
      title: "",
      cell: (row) => <Verbs label={`Verbs of ${titleOf(row)}`} verbs={machineVerbs(row, (name) => verb.mutate({ verb: name, machine: row }), () => setDoomed(row))} />,
    },
  ];
  return (
    <>
      <Refused error={verb.error} title="Not done" />
      <DataTable
        label="Virtual machines"
        rows={rows}
        rowKey={({ name }) => name}
        columns={withVerbs}
        error={machines.error}
        retry={machines.retry}
        dim={({ stale }) => stale}
        empty={
          <Empty title={node ? "No machine is on this host" : "No machine yet"} action={<LinkButton to="/vms/create">Create machine</LinkButton>}>
            A machine begins from an image, is plugged into networks, and runs on a host of a cluster.
          </Empty>
        }
      />
      {doomed && <DeleteMachine machine={doomed} onClose={() => setDoomed(undefined)} />}
    </>
  );
}
