import { Button } from "@patternfly/react-core";
import { useState } from "react";

import { useDeleteUser, useUnlockUser, useUpdateUser, useUsers } from "../../api/users";
import { Confirm } from "../../components/confirm";
import { idOf, titleOf, UNKNOWN } from "../../components/format";
import { Page } from "../../components/page";
import { Refused } from "../../components/refused";
import type { Shown } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { DataTable, type Columns } from "../../components/table/data-table";
import { When } from "../../components/time";
import { Allowed } from "../../components/verbs";
import type { User } from "../../gen/quantix/console/v1/user_pb";
import { CreateUser, SetPassword } from "./user-dialogs";
import { EditRoles } from "./edit-roles";

function stateOf({ disabled, lockExpireTime, passwordChangeRequired }: User): Shown {
  if (disabled) return { tone: "off", word: "Disabled" };
  if (lockExpireTime) return { tone: "broken", word: "Locked out" };
  if (passwordChangeRequired) return { tone: "attention", word: "Must change password" };
  return { tone: "good", word: "Active" };
}

const columns: Columns<User> = [
  { title: "Name", text: titleOf, cell: titleOf },
  { title: "User", text: ({ name }) => idOf(name), cell: ({ name }) => idOf(name) },
  { title: "State", text: (row) => stateOf(row).word, cell: (row) => <StateMark shown={stateOf(row)} /> },
  { title: "Roles", text: ({ roles }) => roles.map(idOf).join(" "), cell: ({ roles }) => roles.map(idOf).join(", ") || <span className="q-unknown">{UNKNOWN}</span> },
  { title: "Last sign-in", text: ({ lastSignInTime }) => lastSignInTime?.seconds ?? 0n, cell: ({ lastSignInTime }) => (lastSignInTime ? <When time={lastSignInTime} /> : "Never") },
];
const nameOf = ({ name }: User) => name;

type Dialog = { what: "create" } | { what: "password" | "roles" | "delete"; name: string };

export default function UserList() {
  const users = useUsers();
  const [dialog, setDialog] = useState<Dialog>();
  const update = useUpdateUser();
  const unlock = useUnlockUser();
  const close = () => setDialog(undefined);
  // No stream tells of users: what a dialog is about is read anew while it is filled in.
  const ask = (what: "password" | "roles" | "delete", { name }: User) => {
    setDialog({ what, name });
    void users.refetch();
  };
  const asked = dialog && dialog.what !== "create" ? users.data?.find(({ name }) => name === dialog.name) : undefined;
  return (
    <Page
      title="Users"
      actions={
        <Allowed needs="user.create">
          <Button onClick={() => setDialog({ what: "create" })}>Create user</Button>
        </Allowed>
      }
    >
      <Refused error={update.error ?? unlock.error} title="Not changed" />
      <DataTable
        label="Users"
        rows={users.data}
        rowKey={nameOf}
        columns={columns}
        title={titleOf}
        error={users.error}
        retry={() => void users.refetch()}
        verbs={(user) => [
          { text: "Change roles", needs: "user.update", act: () => ask("roles", user) },
          { text: "Set password", needs: "user.setPassword", act: () => ask("password", user) },
          { text: "Unlock", needs: "user.unlock", act: () => unlock.mutate(user.name), not: user.lockExpireTime ? undefined : "Not locked out." },
          { text: user.disabled ? "Enable" : "Disable", needs: "user.update", act: () => update.mutate({ ...user, disabled: !user.disabled }) },
          { text: "Delete", needs: "user.delete", act: () => ask("delete", user), danger: true },
        ]}
        empty={<p className="q-none">There is no user.</p>}
      />
      {dialog?.what === "create" && <CreateUser onClose={close} />}
      {dialog?.what === "password" && asked && <SetPassword user={asked} onClose={close} />}
      {dialog?.what === "roles" && asked && <EditRoles user={asked} onClose={close} />}
      {dialog?.what === "delete" && asked && <DeleteUser user={asked} reading={users.isFetching} onClose={close} />}
    </Page>
  );
}

function DeleteUser({ user, reading, onClose }: { user: User; reading: boolean; onClose(): void }) {
  const remove = useDeleteUser();
  return (
    <Confirm
      title={`Delete user ${titleOf(user)}?`}
      verb="Delete user"
      typed={idOf(user.name)}
      error={remove.error}
      busy={remove.isPending || reading}
      onConfirm={() => remove.mutate(user, { onSuccess: onClose })}
      onClose={onClose}
    >
      Their sessions end at once and their keys die. What they did stays in the audit.
    </Confirm>
  );
}
