import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader, Title } from "@patternfly/react-core";
import { useState } from "react";

import { useApiKeys, useCreateApiKey, useDeleteApiKey } from "../../api/api-keys";
import { useMay } from "../../api/session";
import { useRoles } from "../../api/users";
import { Confirm } from "../../components/confirm";
import { Copy } from "../../components/copy";
import { Empty } from "../../components/empty";
import { ChoiceField, TextField } from "../../components/field";
import { idOf, titleOf, UNKNOWN } from "../../components/format";
import { Refused } from "../../components/refused";
import { DataTable, type Columns } from "../../components/table/data-table";
import { When } from "../../components/time";
import { Allowed } from "../../components/verbs";
import type { ApiKey } from "../../gen/quantix/console/v1/api_key_pb";

const DAY = 86_400;
const TTLS = [
  [DAY, "1 day"],
  [30 * DAY, "30 days"],
  [90 * DAY, "90 days"],
  [365 * DAY, "1 year"],
] as const;

const dash = <span className="q-unknown">{UNKNOWN}</span>;

const columns: Columns<ApiKey> = [
  { title: "Name", text: titleOf, cell: titleOf },
  { title: "Owner", text: ({ owner }) => owner, cell: ({ owner }) => (owner ? idOf(owner) : "The site") },
  { title: "At most", text: ({ role }) => role, cell: ({ role }) => (role ? idOf(role) : "All that its owner may") },
  { title: "Last used", text: ({ lastUseTime }) => lastUseTime?.seconds ?? 0n, cell: ({ lastUseTime }) => (lastUseTime ? <When time={lastUseTime} /> : "Never") },
  { title: "From", text: ({ lastUseAddress }) => lastUseAddress, cell: ({ lastUseAddress }) => lastUseAddress || dash },
  { title: "Ends", text: ({ expireTime }) => expireTime?.seconds ?? 0n, cell: ({ expireTime }) => <When time={expireTime} /> },
];
const nameOf = ({ name }: ApiKey) => name;

/** Keys for programs. */
export function ApiKeys() {
  const found = useApiKeys();
  const [making, setMaking] = useState(false);
  const [doomed, setDoomed] = useState<ApiKey>();
  const remove = useDeleteApiKey();
  const create = (
    <Allowed needs="apiKey.create">
      <Button onClick={() => setMaking(true)}>Create key</Button>
    </Allowed>
  );
  return (
    <section aria-label="API keys">
      <div className="q-line q-section">
        <Title headingLevel="h2" size="lg">
          API keys
        </Title>
        {found.data && found.data.length > 0 && create}
      </div>
      <DataTable
        label="API keys"
        rows={found.data}
        rowKey={nameOf}
        columns={columns}
        error={found.error}
        retry={() => void found.refetch()}
        search={false}
        title={titleOf}
        verbs={(row) => [{ text: "Revoke", needs: "apiKey.delete", act: () => setDoomed(row), danger: true }]}
        empty={
          <Empty title="No key yet" action={create}>
            Programs such as qvdc, scripts and SDKs call with a key instead of a password.
          </Empty>
        }
      />
      {making && <CreateKey onClose={() => setMaking(false)} />}
      {doomed && (
        <Confirm
          title={`Revoke key ${titleOf(doomed)}?`}
          verb="Revoke key"
          error={remove.error}
          busy={remove.isPending}
          onConfirm={() => remove.mutate(doomed, { onSuccess: () => setDoomed(undefined) })}
          onClose={() => setDoomed(undefined)}
        >
          Every program that uses it is refused after 5 s at the latest.
        </Confirm>
      )}
    </section>
  );
}

function CreateKey({ onClose }: { onClose(): void }) {
  const [displayName, setDisplayName] = useState("");
  const [role, setRole] = useState("");
  const [ttlSeconds, setTtl] = useState(90 * DAY);
  const roles = useRoles(useMay()("role.read"));
  const create = useCreateApiKey();
  const made = create.data;
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label="Create key">
      <ModalHeader title="Create key" description="The secret is shown once." />
      <ModalBody>
        {made ? (
          <>
            <p>Keep it where only the program can read it. It will not be shown again.</p>
            <div className="q-secret">
              <Copy text={made.secret} label="secret" />
            </div>
          </>
        ) : (
          <Form onSubmit={(event) => event.preventDefault()}>
            <TextField id="key-name" label="Name" value={displayName} onChange={setDisplayName} help="Which program it is for." />
            <ChoiceField
              id="key-role"
              label="May at most"
              value={role}
              options={[["", "All that I may"], ...(roles.data ?? []).map((each) => [each.name, titleOf(each)] as const)]}
              onChange={setRole}
            />
            <ChoiceField id="key-ttl" label="Valid for" value={ttlSeconds} options={TTLS} onChange={(value) => setTtl(Number(value))} />
          </Form>
        )}
        <Refused error={create.error} title="No key was made" />
      </ModalBody>
      <ModalFooter>
        {!made && (
          <Button isLoading={create.isPending} isDisabled={create.isPending} onClick={() => create.mutate({ displayName, role, ttlSeconds })}>
            Create key
          </Button>
        )}
        <Button variant="link" onClick={onClose}>
          Close
        </Button>
      </ModalFooter>
    </Modal>
  );
}
