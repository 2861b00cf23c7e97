import { useMemo, useState } from "react";
import { Link } from "react-router";

import { useMachines, useMachineVerb } from "../../api/machines";
import { Empty } from "../../components/empty";
import { bytes, idOf, percent, titleOf, UNKNOWN } from "../../components/format";
import { LinkButton } from "../../components/link-button";
import { Refused } from "../../components/refused";
import { machineState } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { DataTable, type Columns } from "../../components/table/data-table";
import { AsOf, When } from "../../components/time";
import { Allowed } from "../../components/verbs";
import type { VirtualMachine } from "../../gen/quantix/vm/v1/virtual_machine_pb";
import { DeleteMachine } from "./delete-machine";
import { BULK_VERBS, machineVerbs } from "./verbs";

const dash = <span className="q-unknown">{UNKNOWN}</span>;

const columns: Columns<VirtualMachine> = [
  { title: "Name", text: titleOf, cell: (row) => <Link to={`/${row.name}`}>{titleOf(row)}</Link> },
  {
    title: "State",
    glows: true,
    text: ({ state }) => machineState(state).word,
    cell: ({ state, stateMessage, observeTime, stale }) => (
      <>
        <StateMark shown={machineState(state)} title={stateMessage || undefined} /> <AsOf time={observeTime} stale={stale} />
      </>
    ),
  },
  { title: "Cluster", text: ({ cluster }) => idOf(cluster), cell: ({ cluster }) => <Link to={`/${cluster}`}>{idOf(cluster)}</Link> },
  { title: "Host", text: ({ node }) => idOf(node), cell: ({ node }) => (node ? <Link to={`/hosts/${idOf(node)}`}>{idOf(node)}</Link> : dash) },
  { title: "vCPUs", text: ({ vcpuCount }) => vcpuCount ?? 1, cell: ({ vcpuCount }) => vcpuCount ?? 1 },
  { title: "Memory", text: ({ memoryBytes }) => memoryBytes ?? 0n, cell: ({ memoryBytes }) => bytes(memoryBytes) },
  { title: "Addresses", text: ({ addresses }) => addresses.join(" "), cell: ({ addresses }) => addresses.join(", ") || dash },
  { title: "CPU use", extra: true, text: ({ usage }) => usage?.cpuPercent ?? -1, cell: ({ usage }) => percent(usage?.cpuPercent) },
  { title: "Id", extra: true, text: ({ name }) => idOf(name), cell: ({ name }) => idOf(name) },
  { title: "MAC", extra: true, text: ({ nics }) => nics.map(({ effectiveMac }) => effectiveMac).join(" "), cell: ({ nics }) => nics.map(({ effectiveMac }) => effectiveMac).join(", ") || dash },
  { title: "Created", extra: true, text: ({ createTime }) => createTime?.seconds ?? 0n, cell: ({ createTime }) => <When time={createTime} /> },
];

const nameOf = ({ name }: VirtualMachine) => name;
const isStale = ({ stale }: VirtualMachine) => stale;

/** The machines of the site, a cluster or a host, live, with their verbs. */
export function MachineTable({ cluster, node }: { cluster?: string; node?: string }) {
  const machines = useMachines();
  const verb = useMachineVerb();
  const [doomed, setDoomed] = useState<VirtualMachine>();
  const rows = useMemo(
    () => machines.items?.filter((each) => (!cluster || each.cluster === cluster) && (!node || each.node === node)),
    [machines.items, cluster, node],
  );
  return (
    <>
      <Refused error={verb.error} title="Not done" />
      <DataTable
        label="Virtual machines"
        rows={rows}
        rowKey={nameOf}
        columns={columns}
        error={machines.error}
        retry={machines.retry}
        dim={isStale}
        title={titleOf}
        verbs={(row) => machineVerbs(row, (name) => verb.mutate({ verb: name, machine: row }), () => setDoomed(row))}
        bulk={BULK_VERBS}
        empty={
          <Empty
            title={node ? "No machine is on this host" : "No machine yet"}
            action={
              <Allowed needs="vm.create">
                <LinkButton to="/vms/create">Create machine</LinkButton>
              </Allowed>
            }
          >
            A machine begins from an image, is plugged into networks, and runs on a host of a cluster.
          </Empty>
        }
      />
      {doomed && <DeleteMachine machine={doomed} onClose={() => setDoomed(undefined)} />}
    </>
  );
}
