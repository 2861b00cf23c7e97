import { Checkbox } from "@patternfly/react-core";
import { useState } from "react";

import { useMachineVerb } from "../../api/machines";
import { Confirm } from "../../components/confirm";
import { idOf, plural, titleOf } from "../../components/format";
import { VirtualMachine_State as State, type VirtualMachine } from "../../gen/quantix/vm/v1/virtual_machine_pb";

export function DeleteMachine({ machine, onClose, onDone }: { machine: VirtualMachine; onClose(): void; onDone?: () => void }) {
  const verb = useMachineVerb();
  const [force, setForce] = useState(false);
  const running = machine.state !== State.STOPPED;
  const done = () => {
    onClose();
    onDone?.();
  };
  return (
    <Confirm
      title={`Delete machine ${titleOf(machine)}?`}
      verb="Delete machine"
      typed={idOf(machine.name)}
      error={verb.error}
      busy={verb.isPending}
      onConfirm={() => verb.mutate({ verb: "delete", machine, force }, { onSuccess: done })}
      onClose={onClose}
    >
      <p>
        {plural(machine.disks.length, "disk")} with all data and {plural(machine.nics.length, "port")} are deleted for good.
      </p>
      {running && <Checkbox id="force" label="Power it off first" isChecked={force} onChange={(_event, on) => setForce(on)} />}
    </Confirm>
  );
}
