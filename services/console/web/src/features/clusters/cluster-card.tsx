import { Card, CardBody, CardHeader, CardTitle, Label } from "@patternfly/react-core";
import { Link } from "react-router";

import { useClusterUsage } from "../../api/clusters";
import { useMembers } from "../../api/nodes";
import { plural, titleOf, UNKNOWN } from "../../components/format";
import { clusterState, nodePhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { Verbs } from "../../components/verbs";
import type { Cluster } from "../../gen/quantix/cluster/v1/cluster_pb";
import { hostTitle } from "../hosts/title";
import { UsageBars } from "./usage-bars";

interface CardProps {
  cluster: Cluster;
  onDelete(cluster: Cluster): void;
  onToggle(cluster: Cluster, what: "ha" | "drs"): void;
  edit(cluster: Cluster): void;
}

export function ClusterCard({ cluster, onDelete, onToggle, edit }: CardProps) {
  const { data: usage } = useClusterUsage(cluster.name);
  const ha = cluster.ha?.enabled ?? false;
  const drs = cluster.drs?.enabled ?? false;
  return (
    <Card isCompact aria-label={titleOf(cluster)}>
      <CardHeader
        actions={{
          actions: (
            <Verbs
              label={`Verbs of ${titleOf(cluster)}`}
              verbs={[
                { text: "Edit settings", needs: "cluster.update", act: () => edit(cluster) },
                { text: ha ? "Turn HA off" : "Turn HA on", needs: "cluster.update", act: () => onToggle(cluster, "ha") },
                { text: drs ? "Turn DRS off" : "Turn DRS on", needs: "cluster.update", act: () => onToggle(cluster, "drs") },
                { text: "Delete", needs: "cluster.delete", act: () => onDelete(cluster), danger: true },
              ]}
            />
          ),
        }}
      >
        <CardTitle component="h2">
          <Link to={`/${cluster.name}`}>{titleOf(cluster)}</Link>
        </CardTitle>
      </CardHeader>
      <CardBody>
        <div className="q-states">
          <StateMark shown={clusterState(cluster.status?.state ?? 0)} />
          <Label isCompact color={ha ? "blue" : "grey"}>{ha ? "HA on" : "HA off"}</Label>
          <Label isCompact color={drs ? "blue" : "grey"}>{drs ? "DRS on" : "DRS off"}</Label>
        </div>
        <Reasons cluster={cluster} />
        <div className="q-line">
          <span>
            <HostDots cluster={cluster} />
            {usage?.nodes ? `${usage.nodes.onlineCount} of ${plural(usage.nodes.totalCount, "host")} online` : UNKNOWN}
          </span>
          <span>{usage?.machines ? `${usage.machines.runningCount} of ${plural(usage.machines.totalCount, "VM")} running` : UNKNOWN}</span>
        </div>
        <UsageBars name={cluster.name} />
      </CardBody>
    </Card>
  );
}

export function Reasons({ cluster }: { cluster: Cluster }) {
  const reasons = cluster.status?.reasons ?? [];
  if (reasons.length === 0) return null;
  return (
    <ul className="q-reasons">
      {reasons.map(({ reason, message }) => (
        <li key={reason} title={reason}>
          {message}
        </li>
      ))}
    </ul>
  );
}

/** A dot a host, up to forty. */
function HostDots({ cluster }: { cluster: Cluster }) {
  const nodes = useMembers(cluster).items;
  if (!nodes || nodes.length === 0 || nodes.length > 40) return null;
  return (
    <span className="q-dots" aria-hidden>
      {nodes.map((node) => (
        <span key={node.name} className={`q-dot q-dot-${nodePhase(node.phase).tone}`} title={`${hostTitle(node)}: ${nodePhase(node.phase).word}`} />
      ))}
    </span>
  );
}
