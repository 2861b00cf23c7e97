import { useDeleteCluster } from "../../api/clusters";
import { Confirm } from "../../components/confirm";
import { idOf, plural, titleOf } from "../../components/format";
import type { Cluster } from "../../gen/quantix/cluster/v1/cluster_pb";

/** Asks before a cluster is deleted. */
export function DeleteCluster({ cluster, onClose, onDone }: { cluster: Cluster; onClose(): void; onDone?: () => void }) {
  const remove = useDeleteCluster();
  const done = () => {
    onClose();
    onDone?.();
  };
  return (
    <Confirm
      title={`Delete cluster ${titleOf(cluster)}?`}
      verb="Delete cluster"
      typed={idOf(cluster.name)}
      error={remove.error}
      busy={remove.isPending}
      onConfirm={() => remove.mutate(cluster, { onSuccess: done })}
      onClose={onClose}
    >
      Its policy is gone for good. {cluster.nodes.length > 0 && `${plural(cluster.nodes.length, "host")} belong to it and must be removed first.`}
    </Confirm>
  );
}
