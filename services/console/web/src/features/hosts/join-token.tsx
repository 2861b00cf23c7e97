import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader, Title } from "@patternfly/react-core";
import { useState } from "react";

import { useCreateJoinToken, useDeleteJoinToken, useJoinTokens } from "../../api/nodes";
import { Copy } from "../../components/copy";
import { ChoiceField, NumberField } from "../../components/field";
import { idOf, plural } from "../../components/format";
import { Refused } from "../../components/refused";
import { When } from "../../components/time";
import type { JoinToken } from "../../gen/quantix/node/v1/join_token_pb";

const TTLS = [
  [300, "5 minutes"],
  [3600, "1 hour"],
  [86400, "1 day"],
  [604800, "7 days"],
] as const;

/** Makes a join token and shows its secret once; lists those that are valid. */
export function JoinTokenDialog({ onClose }: { onClose(): void }) {
  const [ttlSeconds, setTtl] = useState(3600);
  const [maxUses, setUses] = useState(1);
  const create = useCreateJoinToken();
  const made = create.data;
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-label="Add host">
      <ModalHeader title="Add a host" description="A host joins with a token. The secret is shown once." />
      <ModalBody>
        {made ? (
          <Made token={made} />
        ) : (
          <Form onSubmit={(event) => event.preventDefault()}>
            <ChoiceField id="ttl" label="Valid for" value={ttlSeconds} options={TTLS} onChange={(value) => setTtl(Number(value))} />
            <NumberField id="uses" label="For how many hosts" least={1} most={1000} value={maxUses} onChange={setUses} />
          </Form>
        )}
        <Refused error={create.error} title="No token was made" />
        <Tokens />
      </ModalBody>
      <ModalFooter>
        {!made && (
          <Button isLoading={create.isPending} isDisabled={create.isPending || Number.isNaN(maxUses)} onClick={() => create.mutate({ ttlSeconds, maxUses })}>
            Create token
          </Button>
        )}
        <Button variant="link" onClick={onClose}>
          Close
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function Made({ token }: { token: JoinToken }) {
  const server = token.enrolAddresses.join(",") || "HOST:PORT";
  const command = `quantix-node join --server ${server} --token-file /etc/quantix/join-token --ca-hash ${token.caHash}`;
  return (
    <ol className="q-steps">
      <li>
        Write the secret to the file <code>/etc/quantix/join-token</code> on the host, readable by root alone. It will not be
        shown again.
        <div className="q-secret">
          <Copy text={token.secret} label="secret" />
        </div>
      </li>
      <li>
        Run there, as root:
        <div className="q-secret">
          <Copy text={command} label="command" />
        </div>
        {token.enrolAddresses.length === 0 && <p>HOST:PORT is where the node service lets hosts enrol; it has told no address.</p>}
      </li>
      <li>The host shows in the list as soon as it has registered; this page need not stay open.</li>
    </ol>
  );
}

function Tokens() {
  const tokens = useJoinTokens();
  const revoke = useDeleteJoinToken();
  if (!tokens.data || tokens.data.length === 0) return <Refused error={tokens.error} title="Tokens cannot be shown" />;
  return (
    <>
      <Title headingLevel="h2" size="md">
        {plural(tokens.data.length, "token")}
      </Title>
      {tokens.data.map((each) => (
        <div className="q-line" key={each.name}>
          <span>
            {each.displayName || idOf(each.name)}{" "}
            <span className="q-quiet">
              used {each.useCount} of {each.maxUses ?? 1}, ends <When time={each.expireTime} />
            </span>
          </span>
          <Button variant="link" size="sm" isDanger onClick={() => revoke.mutate(each.name)}>
            Revoke
          </Button>
        </div>
      ))}
      <Refused error={revoke.error} title="Not revoked" />
    </>
  );
}
