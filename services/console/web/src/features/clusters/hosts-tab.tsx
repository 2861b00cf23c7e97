import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useState } from "react";

import { useAddClusterNode, useRemoveClusterNode } from "../../api/clusters";
import { useFreeNodes, useMembers, useNodeVerb } from "../../api/nodes";
import { Confirm } from "../../components/confirm";
import { Empty } from "../../components/empty";
import { titleOf } from "../../components/format";
import { Waiting } from "../../components/page";
import { Refused } from "../../components/refused";
import { nodePhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { DataTable } from "../../components/table/data-table";
import { Allowed, type Verb } from "../../components/verbs";
import type { Cluster } from "../../gen/quantix/cluster/v1/cluster_pb";
import type { Node } from "../../gen/quantix/node/v1/node_pb";
import { HOST_COLUMNS, nameOf } from "../hosts/columns";
import { hostTitle } from "../hosts/title";
import { BULK_VERBS, hostVerbs } from "../hosts/verbs";

const MEMBER_COLUMNS = HOST_COLUMNS.filter(({ title }) => title !== "Cluster");
const isStale = ({ stale }: Node) => stale;

/** The hosts of a cluster, with what can be done with them here. */
export function HostsTab({ cluster }: { cluster: Cluster }) {
  const members = useMembers(cluster);
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Node>();
  const verb = useNodeVerb();
  const remove = useRemoveClusterNode(cluster.name);
  const verbsOf = (node: Node): Verb[] => [
    ...hostVerbs(node, (name) => verb.mutate({ verb: name, name: node.name })),
    { text: "Remove from cluster", needs: "cluster.update", act: () => setLeaving(node), danger: true },
  ];
  const add = (
    <Allowed needs="cluster.update">
      <Button onClick={() => setAdding(true)}>Add host</Button>
    </Allowed>
  );
  return (
    <>
      <Refused error={verb.error} title="Not done" />
      {members.items && members.items.length > 0 && <div className="q-table-verbs">{add}</div>}
      <DataTable
        label="Hosts of the cluster"
        rows={members.items}
        rowKey={nameOf}
        columns={MEMBER_COLUMNS}
        title={hostTitle}
        dim={isStale}
        verbs={verbsOf}
        bulk={BULK_VERBS}
        error={members.error}
        retry={members.retry}
        empty={
          <Empty title="No host belongs to this cluster" action={add}>
            Machines run on hosts. Add those that have joined the site.
          </Empty>
        }
      />
      {adding && <AddHost cluster={cluster} onClose={() => setAdding(false)} />}
      {leaving && (
        <Confirm
          title={`Remove ${hostTitle(leaving)} from ${titleOf(cluster)}?`}
          verb="Remove host"
          error={remove.error}
          busy={remove.isPending}
          onConfirm={() => remove.mutate(leaving.name, { onSuccess: () => setLeaving(undefined) })}
          onClose={() => setLeaving(undefined)}
        >
          The host stays in the site and becomes free for other clusters. It is refused while machines are placed on it.
        </Confirm>
      )}
    </>
  );
}

function AddHost({ cluster, onClose }: { cluster: Cluster; onClose(): void }) {
  const free = useFreeNodes();
  const add = useAddClusterNode(cluster.name);
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label="Add host">
      <ModalHeader title={`Add a host to ${titleOf(cluster)}`} />
      <ModalBody>
        {!free.items && !free.error && <Waiting rows={2} label="Loading free hosts" />}
        <Refused error={free.error} title="Free hosts cannot be shown" />
        {free.items?.length === 0 && <p>No host is free. Make a join token on the Hosts page to let one join.</p>}
        {free.items?.map((node) => (
          <div className="q-line" key={node.name}>
            <span>
              {hostTitle(node)} <StateMark shown={nodePhase(node.phase)} />
            </span>
            <Button variant="secondary" size="sm" isDisabled={add.isPending} onClick={() => add.mutate(node.name, { onSuccess: onClose })}>
              Add {hostTitle(node)}
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
