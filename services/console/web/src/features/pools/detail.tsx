import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { useAssignPool, useReconnectPool, useStoragePools, useUnassignPool } from "../../api/storage-pools";
import { Empty } from "../../components/empty";
import { EventLines } from "../../components/event-lines";
import { Facts } from "../../components/facts";
import { bytes, idOf, titleOf, words } from "../../components/format";
import { Page, Waiting } from "../../components/page";
import { NotShown, Refused } from "../../components/refused";
import { poolOnNode, poolPhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { DataTable, type Columns } from "../../components/table/data-table";
import { UrlTabs } from "../../components/tabs";
import { AsOf } from "../../components/time";
import { Allowed, Verbs } from "../../components/verbs";
import type { PoolOnNode, StoragePool } from "../../gen/quantix/node/v1/storage_pool_pb";
import { DeletePool } from "./delete-pool";
import { HostChoice } from "./host-choice";
import { typeWord } from "./types";

const CRUMBS = [{ text: "Storage pools", to: "/storage/pools" }];

export default function PoolPage() {
  const { id = "" } = useParams();
  const pools = useStoragePools();
  const [deleting, setDeleting] = useState(false);
  const go = useNavigate();
  const pool = pools.byName?.get(`storage-pools/${id}`);
  if (!pool)
    return (
      <Page title={id} crumbs={CRUMBS}>
        {pools.error ? <NotShown error={pools.error} title="The pool cannot be shown" retry={pools.retry} /> : null}
        {!pools.items && !pools.error && <Waiting label="Loading the pool" />}
        {pools.items && <Empty title="No such pool">It may have been deleted.</Empty>}
      </Page>
    );
  return (
    <Page
      title={titleOf(pool)}
      crumbs={CRUMBS}
      state={<StateMark shown={poolPhase(pool.phase)} />}
      description={pool.phaseReason ? words(pool.phaseReason) : pool.description}
      actions={<Verbs label="Verbs of the pool" verbs={[{ text: "Delete", needs: "storagePool.delete", act: () => setDeleting(true), danger: true }]} />}
    >
      <UrlTabs
        label="Parts of the pool"
        pages={[
          { id: "hosts", title: "Hosts", content: () => <Hosts pool={pool} /> },
          { id: "summary", title: "Summary", content: () => <Summary pool={pool} /> },
          { id: "events", title: "Events", content: () => <EventLines filter={{ subject: pool.name }} /> },
        ]}
      />
      {deleting && <DeletePool pool={pool} onClose={() => setDeleting(false)} onDone={() => void go("/storage/pools")} />}
    </Page>
  );
}

function Summary({ pool }: { pool: StoragePool }) {
  return (
    <Facts
      items={[
        ["Type", typeWord(pool.type)],
        ["Path", pool.path],
        ["Capacity", bytes(pool.capacityBytes)],
        ["Free", bytes(pool.availableBytes)],
        ["Held by disks", bytes(pool.claimedBytes)],
        ["Overprovisioned at most", pool.overprovisionRatio && `${pool.overprovisionRatio} times`],
        ["Kept free", pool.reservePercent === undefined ? "" : `${pool.reservePercent} %`],
      ]}
    />
  );
}

const columns: Columns<PoolOnNode> = [
  { title: "Host", text: ({ node }) => idOf(node), cell: ({ node }) => <Link to={`/hosts/${idOf(node)}`}>{idOf(node)}</Link> },
  {
    title: "State",
    glows: true,
    text: ({ state }) => poolOnNode(state).word,
    cell: ({ state, observeTime, stale }) => (
      <>
        <StateMark shown={poolOnNode(state)} /> <AsOf time={observeTime} stale={stale} />
      </>
    ),
  },
  { title: "Why", text: ({ reason }) => reason, cell: ({ reason, error }) => <span title={reason}>{error || (reason && words(reason))}</span> },
  { title: "Free", text: ({ availableBytes }) => availableBytes ?? -1n, cell: ({ availableBytes }) => bytes(availableBytes) },
  { title: "Capacity", text: ({ capacityBytes }) => capacityBytes ?? -1n, cell: ({ capacityBytes }) => bytes(capacityBytes) },
  { title: "Path", text: ({ path }) => path, cell: ({ path }) => path },
];
const nodeOf = ({ node }: PoolOnNode) => node;
const titleOfNode = ({ node }: PoolOnNode) => idOf(node);

function Hosts({ pool }: { pool: StoragePool }) {
  const [giving, setGiving] = useState(false);
  const unassign = useUnassignPool();
  const reconnect = useReconnectPool();
  const give = (
    <Allowed needs="storagePool.assign">
      <Button variant="secondary" onClick={() => setGiving(true)}>
        Give to hosts
      </Button>
    </Allowed>
  );
  return (
    <>
      <Refused error={unassign.error ?? reconnect.error} title="Not done" />
      {pool.nodeStates.length > 0 && <div className="q-table-verbs">{give}</div>}
      <DataTable
        label="Hosts of the pool"
        rows={pool.nodeStates}
        rowKey={nodeOf}
        columns={columns}
        title={titleOfNode}
        verbs={({ node }) => [
          { text: "Reconnect", needs: "storagePool.update", act: () => reconnect.mutate({ name: pool.name, nodes: [node] }) },
          { text: "Take from the host", needs: "storagePool.assign", act: () => unassign.mutate({ name: pool.name, nodes: [node] }), danger: true },
        ]}
        empty={
          <Empty title="No host has this pool" action={give}>
            Give it to the hosts whose machines shall keep their disks in it.
          </Empty>
        }
      />
      {giving && <Give pool={pool} onClose={() => setGiving(false)} />}
    </>
  );
}

function Give({ pool, onClose }: { pool: StoragePool; onClose(): void }) {
  const [nodes, setNodes] = useState<string[]>([]);
  const assign = useAssignPool();
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label="Give to hosts">
      <ModalHeader title={`Give ${titleOf(pool)} to hosts`} />
      <ModalBody>
        <HostChoice without={pool.assignedNodes} chosen={nodes} onChange={setNodes} />
        <Refused error={assign.error} title="Not given" />
      </ModalBody>
      <ModalFooter>
        <Button isLoading={assign.isPending} isDisabled={assign.isPending || nodes.length === 0} onClick={() => assign.mutate({ name: pool.name, nodes }, { onSuccess: onClose })}>
          Give to hosts
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
