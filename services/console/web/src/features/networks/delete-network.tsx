import { useDeleteNetwork } from "../../api/networks";
import { Confirm } from "../../components/confirm";
import { plural, titleOf } from "../../components/format";
import type { Network } from "../../gen/quantix/network/v1/network_pb";

export function DeleteNetwork({ network, onClose, onDone }: { network: Network; onClose(): void; onDone?: () => void }) {
  const remove = useDeleteNetwork();
  const done = () => {
    onClose();
    onDone?.();
  };
  return (
    <Confirm
      title={`Delete network ${titleOf(network)}?`}
      verb="Delete network"
      error={remove.error}
      busy={remove.isPending}
      onConfirm={() => remove.mutate(network, { onSuccess: done })}
      onClose={onClose}
    >
      {network.portCount > 0
        ? `${plural(network.portCount, "port")} are on it; it is refused until they are gone.`
        : "No port is on it. Its segment is removed from every host."}
    </Confirm>
  );
}
