import { Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";

import { useClusters, useClusterUsage } from "../../api/clusters";
import { Empty } from "../../components/empty";
import { EventLines } from "../../components/event-lines";
import { Facts } from "../../components/facts";
import { idOf, plural, titleOf, UNKNOWN } from "../../components/format";
import { Page, Waiting } from "../../components/page";
import { NotShown } from "../../components/refused";
import { clusterState } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { UrlTabs } from "../../components/tabs";
import { When } from "../../components/time";
import { Verbs } from "../../components/verbs";
import type { Cluster } from "../../gen/quantix/cluster/v1/cluster_pb";
import { MachineTable } from "../machines/machine-table";
import { Reasons } from "./cluster-card";
import { DeleteCluster } from "./delete-cluster";
import { HostsTab } from "./hosts-tab";
import { ClusterSettings } from "./settings";
import { UsageBars } from "./usage-bars";

const CRUMBS = [{ text: "Clusters", to: "/clusters" }];

export default function ClusterPage() {
  const { id = "" } = useParams();
  const clusters = useClusters();
  const [deleting, setDeleting] = useState(false);
  const go = useNavigate();
  const cluster = clusters.byName?.get(`clusters/${id}`);
  if (!cluster)
    return (
      <Page title={id} crumbs={CRUMBS}>
        {clusters.error ? <NotShown error={clusters.error} title="The cluster cannot be shown" retry={clusters.retry} /> : null}
        {!clusters.items && !clusters.error && <Waiting label="Loading the cluster" />}
        {clusters.items && <Empty title="No such cluster">It may have been deleted.</Empty>}
      </Page>
    );
  return (
    <Page
      title={titleOf(cluster)}
      crumbs={CRUMBS}
      state={<StateMark shown={clusterState(cluster.status?.state ?? 0)} />}
      description={cluster.description}
      actions={
        <Verbs
          label="Verbs of the cluster"
          verbs={[
            { text: "Edit settings", needs: "cluster.update", act: () => void go(`/${cluster.name}?tab=settings`) },
            { text: "Delete", needs: "cluster.delete", act: () => setDeleting(true), danger: true },
          ]}
        />
      }
    >
      <UrlTabs
        label="Parts of the cluster"
        pages={[
          { id: "overview", title: "Overview", content: () => <Overview cluster={cluster} /> },
          { id: "hosts", title: "Hosts", content: () => <HostsTab cluster={cluster} /> },
          { id: "vms", title: "VMs", content: () => <MachineTable cluster={cluster.name} /> },
          { id: "settings", title: "Settings", content: () => <ClusterSettings cluster={cluster} /> },
        ]}
      />
      {deleting && <DeleteCluster cluster={cluster} onClose={() => setDeleting(false)} onDone={() => void go("/clusters")} />}
    </Page>
  );
}

function Overview({ cluster }: { cluster: Cluster }) {
  const { data: usage } = useClusterUsage(cluster.name);
  const { nodes, machines } = usage ?? {};
  return (
    <div className="q-halves">
      <Card isCompact>
        <CardTitle component="h2">Resources</CardTitle>
        <CardBody>
          <UsageBars name={cluster.name} />
          {usage && usage.nodesWithoutData.length > 0 && (
            <p className="q-quiet">Told too little to be counted: {usage.nodesWithoutData.map(idOf).join(", ")}</p>
          )}
        </CardBody>
      </Card>
      <Card isCompact>
        <CardTitle component="h2">State</CardTitle>
        <CardBody>
          <Reasons cluster={cluster} />
          <Facts
            narrow
            items={[
              ["Hosts", nodes ? `${nodes.onlineCount} of ${nodes.totalCount} online` : UNKNOWN],
              ["Machines", machines ? `${machines.runningCount} of ${plural(machines.totalCount, "machine")} running` : UNKNOWN],
              ["High availability", cluster.ha?.enabled ? "On" : "Off"],
              ["Balancing", cluster.drs?.enabled ? "On" : "Off"],
              ["Created", <When key="created" time={cluster.createTime} />],
            ]}
          />
        </CardBody>
      </Card>
      <Card isCompact>
        <CardTitle component="h2">Recent events</CardTitle>
        <CardBody>
          <EventLines filter={{ cluster: cluster.name }} most={10} />
        </CardBody>
      </Card>
    </div>
  );
}
