import { Checkbox } from "@patternfly/react-core";
import { useState } from "react";

import { useDeletePool } from "../../api/storage-pools";
import { Confirm } from "../../components/confirm";
import { idOf, titleOf } from "../../components/format";
import type { StoragePool } from "../../gen/quantix/node/v1/storage_pool_pb";

export function DeletePool({ pool, onClose, onDone }: { pool: StoragePool; onClose(): void; onDone?: () => void }) {
  const [wiping, setWiping] = useState(false);
  const remove = useDeletePool();
  const id = idOf(pool.name);
  const done = () => {
    onClose();
    onDone?.();
  };
  return (
    <Confirm
      title={`Delete pool ${titleOf(pool)}?`}
      verb="Delete pool"
      typed={id}
      error={remove.error}
      busy={remove.isPending}
      onConfirm={() => remove.mutate({ pool, wipe: wiping ? id : "" }, { onSuccess: done })}
      onClose={onClose}
    >
      <p>Refused while disks of machines are in it. {wiping ? "Everything in it is deleted for good." : "The files in it stay on the hosts."}</p>
      <Checkbox id="wipe" label="Delete everything in it too" isChecked={wiping} onChange={(_event, on) => setWiping(on)} />
    </Confirm>
  );
}
