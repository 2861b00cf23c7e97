import { Button, Title } from "@patternfly/react-core";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { useCordonNode, useDeleteNode, useNodes, useUncordonNode } from "../../api/nodes";
import { Confirm } from "../../components/confirm";
import { Copy } from "../../components/copy";
import { DataTable, type Column } from "../../components/data-table";
import { Empty } from "../../components/empty";
import { EventLines } from "../../components/event-lines";
import { Facts } from "../../components/facts";
import { bytes, idOf, percent, UNKNOWN, words } from "../../components/format";
import { Page, Waiting } from "../../components/page";
import { NotShown, Refused } from "../../components/refused";
import { condition, nodeMode, nodePhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { UrlTabs } from "../../components/tabs";
import { AsOf, When } from "../../components/time";
import { Verbs } from "../../components/verbs";
import { Node_Mode, type NicInventory, type Node, type NodeCondition, type PoolInventory } from "../../gen/quantix/node/v1/node_pb";
import { MachineTable } from "../machines/machine-table";

const CRUMBS = [{ text: "Hosts", to: "/hosts" }];

export default function HostPage() {
  const { id = "" } = useParams();
  const nodes = useNodes();
  const cordon = useCordonNode();
  const uncordon = useUncordonNode();
  const [leaving, setLeaving] = useState(false);
  const node = nodes.byName?.get(`nodes/${id}`);
  if (!node)
    return (
      <Page title={id} crumbs={CRUMBS}>
        {nodes.error ? <NotShown error={nodes.error} title="The host cannot be shown" retry={nodes.retry} /> : null}
        {!nodes.items && !nodes.error && <Waiting label="Loading the host" />}
        {nodes.items && <Empty title="No such host">It may have been removed.</Empty>}
      </Page>
    );
  const cordoned = node.mode === Node_Mode.CORDONED;
  return (
    <Page
      title={node.displayName || node.hostname || id}
      crumbs={CRUMBS}
      state={
        <>
          <StateMark shown={nodePhase(node.phase)} /> <AsOf time={node.observeTime} stale={node.stale} />
        </>
      }
      description={node.description}
      actions={
        <>
          <Button variant="secondary" onClick={() => (cordoned ? uncordon : cordon).mutate(node.name)}>
            {cordoned ? "Uncordon" : "Cordon"}
          </Button>
          <Verbs label="Verbs of the host" verbs={[{ text: "Remove from the site", act: () => setLeaving(true), danger: true }]} />
        </>
      }
    >
      <Refused error={cordon.error ?? uncordon.error} title="Not changed" />
      <UrlTabs
        label="Parts of the host"
        pages={[
          { id: "summary", title: "Summary", content: () => <Summary node={node} /> },
          { id: "vms", title: "VMs", content: () => <MachineTable node={node.name} /> },
          { id: "hardware", title: "Hardware", content: () => <Hardware node={node} /> },
          { id: "events", title: "Events", content: () => <EventLines filter={{ subject: node.name }} /> },
        ]}
      />
      {leaving && <RemoveHost node={node} onClose={() => setLeaving(false)} />}
    </Page>
  );
}

function RemoveHost({ node, onClose }: { node: Node; onClose(): void }) {
  const remove = useDeleteNode();
  const go = useNavigate();
  return (
    <Confirm
      title={`Remove ${node.hostname || idOf(node.name)} from the site?`}
      verb="Remove host"
      typed={idOf(node.name)}
      error={remove.error}
      busy={remove.isPending}
      onConfirm={() => remove.mutate(node, { onSuccess: () => void go("/hosts") })}
      onClose={onClose}
    >
      Its certificate is revoked for good; it can come back only with a new token. Refused while it belongs to a cluster or machines are placed on it.
    </Confirm>
  );
}

const conditions: ReadonlyArray<Column<NodeCondition>> = [
  { title: "Condition", text: ({ type }) => type, cell: ({ type }) => words(type) },
  { title: "Holds", cell: ({ type, status }) => <StateMark shown={condition(type, status)} /> },
  { title: "Why", cell: ({ reason, message }) => <span title={reason}>{message || reason}</span> },
  { title: "Since", cell: ({ sinceTime }) => <When time={sinceTime} /> },
];

function Summary({ node }: { node: Node }) {
  const { system, usage } = node;
  return (
    <div className={node.stale ? "q-stale" : undefined}>
      <Facts
        items={[
          ["Phase", node.phaseReason ? `${nodePhase(node.phase).word}: ${words(node.phaseReason)}` : nodePhase(node.phase).word],
          ["Mode", <StateMark key="mode" shown={nodeMode(node.mode)} />],
          ["Cluster", node.cluster && <Link to={`/${node.cluster}`}>{idOf(node.cluster)}</Link>],
          ["Last beat", <When key="beat" time={node.lastHeartbeatTime} />],
          ["CPU use", percent(usage?.cpuPercent)],
          ["Memory used", `${bytes(usage?.memoryUsedBytes)} of ${bytes(node.inventory?.memoryTotalBytes)}`],
          ["Load", usage?.load1 === undefined ? "" : `${usage.load1.toFixed(2)} · ${usage.load5?.toFixed(2) ?? UNKNOWN} · ${usage.load15?.toFixed(2) ?? UNKNOWN}`],
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
        Conditions
      </Title>
      <DataTable
        label="Conditions"
        rows={node.conditions}
        rowKey={({ type }) => type}
        columns={conditions}
        search={false}
        empty={<p className="q-none">The host has told no condition yet.</p>}
      />
    </div>
  );
}

const nics: ReadonlyArray<Column<NicInventory>> = [
  { title: "Card", text: ({ name }) => name, cell: ({ name }) => name },
  { title: "Carrier", cell: ({ carrier }) => (carrier === undefined ? UNKNOWN : <StateMark shown={carrier ? { tone: "good", word: "Up" } : { tone: "off", word: "Down" }} />) },
  { title: "MAC", cell: ({ mac }) => mac },
  { title: "Speed", cell: ({ speedMbps }) => (speedMbps ? `${speedMbps} Mb/s` : UNKNOWN) },
  { title: "MTU", cell: ({ mtu }) => mtu ?? UNKNOWN },
  { title: "Driver", cell: ({ driver }) => driver || UNKNOWN },
];

const poolStates = [
  { tone: "off", word: "Unknown" },
  { tone: "good", word: "Healthy" },
  { tone: "attention", word: "Degraded" },
  { tone: "broken", word: "Error" },
] as const;

const pools: ReadonlyArray<Column<PoolInventory>> = [
  { title: "Pool", text: ({ pool }) => pool, cell: ({ pool }) => pool },
  { title: "State", cell: ({ state, error }) => <StateMark shown={poolStates[state] ?? poolStates[0]} title={error || undefined} /> },
  { title: "Free", cell: ({ freeBytes }) => bytes(freeBytes) },
  { title: "Capacity", cell: ({ capacityBytes }) => bytes(capacityBytes) },
  { title: "Path", cell: ({ path }) => path },
];

function Hardware({ node }: { node: Node }) {
  const { cpu } = node.inventory ?? {};
  return (
    <>
      <Facts
        items={[
          ["Processor", cpu?.model],
          ["Sockets × cores × threads", cpu?.socketCount ? `${cpu.socketCount} × ${cpu.coreCount ?? UNKNOWN} × ${cpu.threadCount ?? UNKNOWN}` : ""],
          ["Frequency", cpu?.frequencyMhz ? `${cpu.frequencyMhz} MHz` : ""],
          ["Logical processors", cpu?.cpuCount],
          ["Memory", bytes(node.inventory?.memoryTotalBytes)],
          ["Networking", node.inventory?.networkDrivers.join(", ")],
        ]}
      />
      <Title headingLevel="h2" size="lg">Pools</Title>
      <DataTable label="Pools" rows={node.inventory?.pools ?? []} rowKey={({ pool }) => pool} columns={pools} search={false} empty={<p className="q-none">The host has told no pool yet.</p>} />
      <Title headingLevel="h2" size="lg">Network cards</Title>
      <DataTable label="Network cards" rows={node.inventory?.nics ?? []} rowKey={({ name }) => name} columns={nics} search={false} empty={<p className="q-none">The host has told no card yet.</p>} />
    </>
  );
}
