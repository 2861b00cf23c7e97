import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useState } from "react";

import { useCreateUser, useRoles, useSetPassword } from "../../api/users";
import { TextField } from "../../components/field";
import { ID_RULE, isId, titleOf, toId } from "../../components/format";
import { Refused } from "../../components/refused";
import type { User } from "../../gen/quantix/console/v1/user_pb";
import { RoleChoice } from "./role-choice";

const GIVEN = "At least 12 characters. They must replace it when they sign in first.";

export function CreateUser({ onClose }: { onClose(): void }) {
  const [displayName, setDisplayName] = useState("");
  const [typedId, setId] = useState<string>();
  const [password, setPassword] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const roles = useRoles();
  const create = useCreateUser();
  const userId = typedId ?? toId(displayName);
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label="Create user">
      <ModalHeader title="Create user" />
      <ModalBody>
        <Form onSubmit={(event) => event.preventDefault()}>
          <TextField id="user-name" label="Name" value={displayName} onChange={setDisplayName} />
          <TextField id="user-id" label="User" required value={userId} onChange={setId} help={`What they sign in with. ${ID_RULE}`} problem={userId && !isId(userId) ? ID_RULE : undefined} />
          <TextField id="user-password" label="First password" required type="password" autoComplete="new-password" value={password} onChange={setPassword} help={GIVEN} />
          <RoleChoice roles={roles.data ?? []} chosen={chosen} onChange={setChosen} />
        </Form>
        <Refused error={create.error} title="Not created" />
      </ModalBody>
      <ModalFooter>
        <Button
          isLoading={create.isPending}
          isDisabled={create.isPending || !isId(userId) || password === ""}
          onClick={() => create.mutate({ userId, displayName, roles: chosen, password }, { onSuccess: onClose })}
        >
          Create user
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

export function SetPassword({ user, onClose }: { user: User; onClose(): void }) {
  const [password, setPassword] = useState("");
  const set = useSetPassword();
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label="Set password">
      <ModalHeader title={`Set the password of ${titleOf(user)}`} description="Their sessions end at once." />
      <ModalBody>
        <Form onSubmit={(event) => event.preventDefault()}>
          <TextField id="set-password" label="New password" required type="password" autoComplete="new-password" value={password} onChange={setPassword} help={GIVEN} />
        </Form>
        <Refused error={set.error} title="Not set" />
      </ModalBody>
      <ModalFooter>
        <Button isLoading={set.isPending} isDisabled={set.isPending || password === ""} onClick={() => set.mutate({ name: user.name, password }, { onSuccess: onClose })}>
          Set password
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
