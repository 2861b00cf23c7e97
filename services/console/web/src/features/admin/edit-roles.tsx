import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useState } from "react";

import { useRoles, useUpdateUser } from "../../api/users";
import { titleOf } from "../../components/format";
import { Refused } from "../../components/refused";
import type { User } from "../../gen/quantix/console/v1/user_pb";
import { RoleChoice } from "./role-choice";

/** Changes what a user may do. */
export function EditRoles({ user, onClose }: { user: User; onClose(): void }) {
  const [chosen, setChosen] = useState<string[]>(user.roles);
  const roles = useRoles();
  const update = useUpdateUser();
  const save = () => update.mutate({ ...user, roles: chosen, disabled: user.disabled ?? false }, { onSuccess: onClose });
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label="Change roles">
      <ModalHeader title={`Roles of ${titleOf(user)}`} />
      <ModalBody>
        <RoleChoice roles={roles.data ?? []} chosen={chosen} onChange={setChosen} />
        <Refused error={roles.error} title="Roles cannot be shown" />
        <Refused error={update.error} title="Not changed" />
      </ModalBody>
      <ModalFooter>
        <Button isLoading={update.isPending} isDisabled={update.isPending} onClick={save}>
          Save roles
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
