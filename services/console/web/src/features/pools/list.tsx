import { Button } from "@patternfly/react-core";
import DatabaseIcon from "@patternfly/react-icons/dist/esm/icons/database-icon";
import { useState } from "react";
import { Link } from "react-router";

import { useStoragePools } from "../../api/storage-pools";
import { Empty } from "../../components/empty";
import { bytes, idOf, plural, titleOf, UNKNOWN } from "../../components/format";
import { Page } from "../../components/page";
import { poolPhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { DataTable, type Columns } from "../../components/table/data-table";
import { Allowed } from "../../components/verbs";
import type { StoragePool } from "../../gen/quantix/node/v1/storage_pool_pb";
import { CreatePool } from "./create";
import { DeletePool } from "./delete-pool";
import { typeWord } from "./types";

const dash = <span className="q-unknown">{UNKNOWN}</span>;

const columns: Columns<StoragePool> = [
  { title: "Name", text: titleOf, cell: (row) => <Link to={`/storage/pools/${idOf(row.name)}`}>{titleOf(row)}</Link> },
  {
    title: "State",
    glows: true,
    text: ({ phase }) => poolPhase(phase).word,
    cell: ({ phase, phaseReason }) => <StateMark shown={poolPhase(phase)} title={phaseReason || undefined} />,
  },
  { title: "Type", text: ({ type }) => typeWord(type), cell: ({ type }) => typeWord(type) },
  { title: "Hosts", text: ({ assignedNodes }) => assignedNodes.length, cell: ({ assignedNodes }) => plural(assignedNodes.length, "host") },
  { title: "Free", text: ({ availableBytes }) => availableBytes ?? -1n, cell: ({ availableBytes }) => bytes(availableBytes) },
  { title: "Capacity", text: ({ capacityBytes }) => capacityBytes ?? -1n, cell: ({ capacityBytes }) => bytes(capacityBytes) },
  { title: "Path", text: ({ path }) => path, cell: ({ path }) => path || dash },
];
const nameOf = ({ name }: StoragePool) => name;

export default function PoolList() {
  const pools = useStoragePools();
  const [making, setMaking] = useState(false);
  const [doomed, setDoomed] = useState<StoragePool>();
  const create = (
    <Allowed needs="storagePool.create">
      <Button onClick={() => setMaking(true)}>Create pool</Button>
    </Allowed>
  );
  return (
    <Page title="Storage pools" actions={create}>
      <DataTable
        label="Storage pools"
        rows={pools.items}
        rowKey={nameOf}
        columns={columns}
        title={titleOf}
        error={pools.error}
        retry={pools.retry}
        verbs={(row) => [{ text: "Delete", needs: "storagePool.delete", act: () => setDoomed(row), danger: true }]}
        empty={
          <Empty title="No pool yet" icon={DatabaseIcon} action={create}>
            Disks are kept in pools. Without one they go into each host's own folder, which no other host reaches.
          </Empty>
        }
      />
      {making && <CreatePool onClose={() => setMaking(false)} />}
      {doomed && <DeletePool pool={doomed} onClose={() => setDoomed(undefined)} />}
    </Page>
  );
}
