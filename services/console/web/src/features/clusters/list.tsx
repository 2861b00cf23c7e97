import { SearchInput, ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import ClusterIcon from "@patternfly/react-icons/dist/esm/icons/cluster-icon";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { useClusters, useUpdateCluster } from "../../api/clusters";
import { DataTable, type Columns } from "../../components/table/data-table";
import { Empty } from "../../components/empty";
import { idOf, titleOf } from "../../components/format";
import { LinkButton } from "../../components/link-button";
import { Page, Waiting } from "../../components/page";
import { NotShown, Refused } from "../../components/refused";
import { clusterState } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { Allowed } from "../../components/verbs";
import type { Cluster } from "../../gen/quantix/cluster/v1/cluster_pb";
import { ClusterCard } from "./cluster-card";
import { DeleteCluster } from "./delete-cluster";

const columns: Columns<Cluster> = [
  { title: "Name", text: titleOf, cell: (row) => <Link to={`/${row.name}`}>{titleOf(row)}</Link> },
  {
    title: "State",
    text: (row) => clusterState(row.status?.state ?? 0).word,
    cell: (row) => <StateMark shown={clusterState(row.status?.state ?? 0)} />,
  },
  { title: "Why", cell: (row) => row.status?.reasons[0]?.message ?? "" },
  { title: "Hosts", text: (row) => row.nodes.length, cell: (row) => row.nodes.length },
  { title: "HA", text: (row) => String(row.ha?.enabled), cell: (row) => (row.ha?.enabled ? "On" : "Off") },
  { title: "DRS", text: (row) => String(row.drs?.enabled), cell: (row) => (row.drs?.enabled ? "On" : "Off") },
];

const nameOf = ({ name }: Cluster) => name;

function Create() {
  return (
    <Allowed needs="cluster.create">
      <LinkButton to="/clusters/create">Create cluster</LinkButton>
    </Allowed>
  );
}

function NoClusters() {
  return (
    <Empty
      title="No cluster yet"
      icon={ClusterIcon}
      action={<Create />}
    >
      A cluster groups hosts that run machines under one policy: what happens when a host dies, and how load is kept even.
    </Empty>
  );
}

export default function ClusterList() {
  const clusters = useClusters();
  const [params, setParams] = useSearchParams();
  const [doomed, setDoomed] = useState<Cluster>();
  const update = useUpdateCluster();
  const go = useNavigate();
  const table = params.get("view") === "table";
  const wanted = (params.get("q") ?? "").toLowerCase();
  const set = (key: string, value: string) =>
    setParams((old) => new URLSearchParams({ ...Object.fromEntries(old), [key]: value }), { replace: true });
  const toggle = ({ name, etag, ha, drs }: Cluster, what: "ha" | "drs") =>
    update.mutate({
      cluster: { name, etag, [what]: { enabled: !(what === "ha" ? ha : drs)?.enabled } },
      updateMask: { paths: [`${what}.enabled`] },
    });
  return (
    <Page
      title="Clusters"
      actions={<Create />}
    >
      <Refused error={update.error} title="Not changed" />
      {clusters.items && clusters.items.length > 0 && (
        <div className="q-line q-cards-tools">
          {table ? (
            <span />
          ) : (
            <SearchInput className="q-filter" aria-label="Filter clusters" placeholder="Filter" value={params.get("q") ?? ""} onChange={(_event, value) => set("q", value)} onClear={() => set("q", "")} />
          )}
          <ToggleGroup aria-label="View">
            <ToggleGroupItem text="Cards" isSelected={!table} onChange={() => set("view", "cards")} />
            <ToggleGroupItem text="Table" isSelected={table} onChange={() => set("view", "table")} />
          </ToggleGroup>
        </div>
      )}
      {table ? (
        <DataTable label="Clusters" rows={clusters.items} rowKey={nameOf} columns={columns} empty={<NoClusters />} error={clusters.error} retry={clusters.retry} />
      ) : (
        <>
          {clusters.error ? <NotShown error={clusters.error} title="Clusters cannot be shown" retry={clusters.retry} /> : null}
          {!clusters.items && !clusters.error && <Waiting label="Loading clusters" />}
          {clusters.items?.length === 0 && <NoClusters />}
          <div className="q-cards">
            {clusters.items
              ?.filter((each) => `${titleOf(each)} ${idOf(each.name)}`.toLowerCase().includes(wanted))
              .map((each) => (
                <ClusterCard
                  key={each.name}
                  cluster={each}
                  onDelete={setDoomed}
                  onToggle={toggle}
                  edit={({ name }) => void go(`/${name}?tab=settings`)}
                />
              ))}
          </div>
        </>
      )}
      {doomed && <DeleteCluster cluster={doomed} onClose={() => setDoomed(undefined)} />}
    </Page>
  );
}
