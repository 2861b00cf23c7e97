import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";

import { useAddClusterNode, useAvailableNodes, useClusterNodes, useRemoveClusterNode } from "../../api/clusters";
import { useNodeVerb, type NodeVerb } from "../../api/nodes";
import { Confirm } from "../../components/confirm";
import { DataTable, type Columns } from "../../components/table/data-table";
import { Empty } from "../../components/empty";
import { idOf, titleOf, words } from "../../components/format";
import { Waiting } from "../../components/page";
import { Refused } from "../../components/refused";
import { nodePhaseByName } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { When } from "../../components/time";
import { Allowed } from "../../components/verbs";
import type { Cluster, ClusterNode } from "../../gen/quantix/cluster/v1/cluster_pb";

const columns: Columns<ClusterNode> = [
  { title: "Host", text: ({ node, hostname }) => hostname || node, cell: ({ node, hostname }) => <Link to={`/hosts/${idOf(node)}`}>{hostname || idOf(node)}</Link> },
  { title: "Phase", glows: true, text: ({ phase }) => phase, cell: ({ phase }) => <StateMark shown={nodePhaseByName(phase)} /> },
  { title: "Mode", glows: true, text: ({ mode }) => mode, cell: ({ mode }) => words(mode) },
  { title: "Seen", cell: ({ observeTime }) => <When time={observeTime} /> },
];
const nodeOf = ({ node }: ClusterNode) => node;
const titleOfMember = ({ node, hostname }: ClusterNode) => hostname || idOf(node);

/** The hosts of a cluster, with what can be done with them here. */
export function HostsTab({ cluster }: { cluster: Cluster }) {
  const members = useClusterNodes(cluster.name);
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<ClusterNode>();
  const verb = useNodeVerb();
  const remove = useRemoveClusterNode(cluster.name);
  const verbsOf = ({ mode }: ClusterNode): ReadonlyArray<readonly [text: string, verb: NodeVerb, needs: string]> => [
    mode === "CORDONED" ? ["Uncordon", "uncordon", "node.cordon"] : ["Cordon", "cordon", "node.cordon"],
    ["Drain", "drain", "node.maintain"],
    mode === "MAINTENANCE"
      ? ["Exit maintenance", "exitMaintenance", "node.maintain"]
      : ["Enter maintenance", "enterMaintenance", "node.maintain"],
  ];
  const add = (
    <Allowed needs="cluster.update">
      <Button onClick={() => setAdding(true)}>Add host</Button>
    </Allowed>
  );
  return (
    <>
      <Refused error={verb.error} title="Not done" />
      {members.data && members.data.length > 0 && add}
      <DataTable
        label="Hosts of the cluster"
        rows={members.data}
        rowKey={nodeOf}
        columns={columns}
        title={titleOfMember}
        verbs={(row) => [
          ...verbsOf(row).map(([text, name, needs]) => ({ text, needs, act: () => verb.mutate({ verb: name, name: row.node }) })),
          { text: "Remove from cluster", needs: "cluster.update", act: () => setLeaving(row), danger: true },
        ]}
        error={members.error}
        retry={() => void members.refetch()}
        empty={
          <Empty title="No host belongs to this cluster" action={add}>
            Machines run on hosts. Add those that have joined the site.
          </Empty>
        }
      />
      {adding && <AddHost cluster={cluster} onClose={() => setAdding(false)} />}
      {leaving && (
        <Confirm
          title={`Remove ${titleOfMember(leaving)} from ${titleOf(cluster)}?`}
          verb="Remove host"
          error={remove.error}
          busy={remove.isPending}
          onConfirm={() => remove.mutate(leaving.node, { onSuccess: () => setLeaving(undefined) })}
          onClose={() => setLeaving(undefined)}
        >
          The host stays in the site and becomes free for other clusters. It is refused while machines are placed on it.
        </Confirm>
      )}
    </>
  );
}

function AddHost({ cluster, onClose }: { cluster: Cluster; onClose(): void }) {
  const free = useAvailableNodes();
  const add = useAddClusterNode(cluster.name);
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label="Add host">
      <ModalHeader title={`Add a host to ${titleOf(cluster)}`} />
      <ModalBody>
        {!free.data && !free.error && <Waiting rows={2} label="Loading free hosts" />}
        <Refused error={free.error} title="Free hosts cannot be shown" />
        {free.data?.length === 0 && <p>No host is free. Make a join token on the Hosts page to let one join.</p>}
        {free.data?.map(({ node, hostname, phase }) => (
          <div className="q-line" key={node}>
            <span>
              {hostname || idOf(node)} <StateMark shown={nodePhaseByName(phase)} />
            </span>
            <Button variant="secondary" size="sm" isDisabled={add.isPending} onClick={() => add.mutate(node, { onSuccess: onClose })}>
              Add {hostname || idOf(node)}
            </Button>
          </div>
        ))}
        <Refused error={add.error} title="Not added" />
      </ModalBody>
      <ModalFooter>
        <Button variant="link" onClick={onClose}>
          Close
        </Button>
      </ModalFooter>
    </Modal>
  );
}
