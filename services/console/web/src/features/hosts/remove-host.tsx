import { Checkbox } from "@patternfly/react-core";
import { useState } from "react";

import { useDecommissionNode } from "../../api/nodes";
import { Confirm } from "../../components/confirm";
import { TextField } from "../../components/field";
import { idOf } from "../../components/format";
import { Node_Phase as Phase, type Node } from "../../gen/quantix/node/v1/node_pb";
import { hostTitle } from "./title";

/** Asks before a host is taken out of the site for good. */
export function RemoveHost({ node, onClose, onDone }: { node: Node; onClose(): void; onDone?: () => void }) {
  const remove = useDecommissionNode();
  const [reason, setReason] = useState("");
  const [force, setForce] = useState(false);
  const dead = node.phase === Phase.OFFLINE || node.phase === Phase.FENCED;
  const done = () => {
    onClose();
    onDone?.();
  };
  return (
    <Confirm
      title={`Remove ${hostTitle(node)} from the site?`}
      verb="Remove host"
      typed={idOf(node.name)}
      error={remove.error}
      busy={remove.isPending}
      onConfirm={() => remove.mutate({ node, reason, force }, { onSuccess: done })}
      onClose={onClose}
    >
      <p>
        Its certificate is revoked for good; it can come back only with a new token. Refused while it belongs to a
        cluster or machines are placed on it.
      </p>
      <TextField id="removal-reason" label="Why" value={reason} onChange={setReason} help="Kept with its tombstone." />
      {dead && (
        <Checkbox
          id="removal-force"
          label="Also with machines on it and as a member"
          description="The host is dead. Its machines stay where they are known to be; they are neither deleted nor moved."
          isChecked={force}
          onChange={(_event, on) => setForce(on)}
        />
      )}
    </Confirm>
  );
}
