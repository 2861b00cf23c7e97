import { Title } from "@patternfly/react-core";

import { Facts } from "../../components/facts";
import { bytes, UNKNOWN } from "../../components/format";
import { StateMark } from "../../components/state-mark";
import { DataTable, type Columns } from "../../components/table/data-table";
import type { DiskInventory, NicInventory, Node, PoolInventory } from "../../gen/quantix/node/v1/node_pb";

const up = { tone: "good", word: "Up" } as const;
const down = { tone: "off", word: "Down" } as const;

const nics: Columns<NicInventory> = [
  { title: "Card", cell: ({ name }) => name },
  { title: "Carrier", cell: ({ carrier }) => (carrier === undefined ? UNKNOWN : <StateMark shown={carrier ? up : down} />) },
  { title: "MAC", cell: ({ mac }) => mac },
  { title: "Speed", cell: ({ speedMbps }) => (speedMbps ? `${speedMbps} Mb/s` : UNKNOWN) },
  { title: "MTU", cell: ({ mtu }) => (mtu ? `${mtu} bytes` : UNKNOWN) },
  { title: "Driver", cell: ({ driver }) => driver || UNKNOWN },
];

const disks: Columns<DiskInventory> = [
  { title: "Disk", cell: ({ path }) => path },
  { title: "Model", cell: ({ model }) => model || UNKNOWN },
  { title: "Size", cell: ({ sizeBytes }) => bytes(sizeBytes) },
  { title: "Id", cell: ({ stableId }) => stableId || UNKNOWN },
];

const poolStates = [
  { tone: "off", word: "Unknown" },
  { tone: "good", word: "Healthy" },
  { tone: "attention", word: "Degraded" },
  { tone: "broken", word: "Error" },
] as const;

const pools: Columns<PoolInventory> = [
  { title: "Pool", cell: ({ pool }) => pool },
  { title: "State", cell: ({ state, error }) => <StateMark shown={poolStates[state] ?? poolStates[0]} title={error || undefined} /> },
  { title: "Free", cell: ({ freeBytes }) => bytes(freeBytes) },
  { title: "Capacity", cell: ({ capacityBytes }) => bytes(capacityBytes) },
  { title: "Path", cell: ({ path }) => path },
];

const nicName = ({ name }: NicInventory) => name;
const diskPath = ({ path }: DiskInventory) => path;
const poolName = ({ pool }: PoolInventory) => pool;

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <>
      <Title headingLevel="h2" size="lg">
        {title}
      </Title>
      {children}
    </>
  );
}

const none = (what: string) => <p className="q-none">The host has told no {what}.</p>;

/** What a host is made of, as it told. */
export function Hardware({ node }: { node: Node }) {
  const { cpu, memoryTotalBytes, networkDrivers = [] } = node.inventory ?? {};
  return (
    <>
      <Facts
        items={[
          ["Processor", cpu?.model],
          ["Sockets × cores × threads", cpu?.socketCount ? `${cpu.socketCount} × ${cpu.coreCount ?? UNKNOWN} × ${cpu.threadCount ?? UNKNOWN}` : ""],
          ["Frequency", cpu?.frequencyMhz ? `${cpu.frequencyMhz} MHz` : ""],
          ["Logical processors", cpu?.cpuCount],
          ["Memory", bytes(memoryTotalBytes)],
          ["Architecture", node.system?.architecture],
          ["Networking", networkDrivers.join(", ")],
        ]}
      />
      <Part title="Pools">
        <DataTable label="Pools" rows={node.inventory?.pools ?? []} rowKey={poolName} columns={pools} search={false} empty={none("pool")} />
      </Part>
      <Part title="Network cards">
        <DataTable label="Network cards" rows={node.inventory?.nics ?? []} rowKey={nicName} columns={nics} search={false} empty={none("card")} />
      </Part>
      <Part title="Disks">
        <DataTable label="Disks" rows={node.inventory?.disks ?? []} rowKey={diskPath} columns={disks} search={false} empty={none("disk")} />
      </Part>
    </>
  );
}
