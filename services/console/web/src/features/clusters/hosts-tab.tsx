import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";

import { useAddClusterNode, useAvailableNodes, useClusterNodes, useRemoveClusterNode } from "../../api/clusters";
import { useCordonNode, useUncordonNode } from "../../api/nodes";
import { Confirm } from "../../components/confirm";
import { DataTable, type Column } from "../../components/data-table";
import { Empty } from "../../components/empty";
import { idOf, titleOf } from "../../components/format";
import { Waiting } from "../../components/page";
import { Refused } from "../../components/refused";
import { nodePhaseByName } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { When } from "../../components/time";
import { Verbs } from "../../components/verbs";
import type { Cluster, ClusterNode } from "../../gen/quantix/cluster/v1/cluster_pb";

export function HostsTab({ cluster }: { cluster: Cluster }) {
  const members = useClusterNodes(cluster.name);
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<ClusterNode>();
  const cordon = useCordonNode();
  const uncordon = useUncordonNode();
  const remove = useRemoveClusterNode(cluster.name);
  const columns: ReadonlyArray<Column<ClusterNode>> = [
    { title: "Host", text: ({ node }) => node, cell: ({ node, hostname }) => <Link to={`/hosts/${idOf(node)}`}>{hostname || idOf(node)}</Link> },
    { title: "Phase", text: ({ phase }) => phase, cell: ({ phase }) => <StateMark shown={nodePhaseByName(phase)} /> },
    { title: "Mode", text: ({ mode }) => mode, cell: ({ mode }) => mode.charAt(0) + mode.slice(1).toLowerCase() },
    { title: "Seen", cell: ({ observeTime }) => <When time={observeTime} /> },
    {
      title: "",
      cell: (row) => (
        <Verbs
          label={`Verbs of ${idOf(row.node)}`}
          verbs={[
            row.mode === "CORDONED"
              ? { text: "Uncordon", act: () => uncordon.mutate(row.node) }
              : { text: "Cordon", act: () => cordon.mutate(row.node) },
            { text: "Remove from cluster", act: () => setLeaving(row), danger: true },
          ]}
        />
      ),
    },
  ];
  const add = <Button onClick={() => setAdding(true)}>Add host</Button>;
  return (
    <>
      <Refused error={cordon.error ?? uncordon.error} title="Not changed" />
      {members.data && members.data.length > 0 && add}
      <DataTable
        label="Hosts of the cluster"
        rows={members.data}
        rowKey={({ node }) => node}
        columns={columns}
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
          title={`Remove ${idOf(leaving.node)} from ${titleOf(cluster)}?`}
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
