import { Button, Form, FormGroup, Modal, ModalBody, ModalFooter, ModalHeader, Radio } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate } from "react-router";

import { useCreatePool } from "../../api/storage-pools";
import { TextField } from "../../components/field";
import { idOf, ID_RULE, isId, toId } from "../../components/format";
import { Refused } from "../../components/refused";
import { StoragePool_Type as Type } from "../../gen/quantix/node/v1/storage_pool_pb";
import { HostChoice } from "./host-choice";
import { TYPES } from "./types";

/** Makes a pool and gives it to hosts. */
export function CreatePool({ onClose }: { onClose(): void }) {
  const [displayName, setDisplayName] = useState("");
  const [typedId, setId] = useState<string>();
  const [type, setType] = useState<Type>(Type.LOCAL_DIR);
  const [path, setPath] = useState("");
  const [nodes, setNodes] = useState<string[]>([]);
  const create = useCreatePool();
  const go = useNavigate();
  const storagePoolId = typedId ?? toId(displayName);
  const shared = type === Type.SHARED_DIR;
  const badPath = path && !path.startsWith("/") ? "An absolute path such as /srv/pool." : undefined;
  const ready = isId(storagePoolId) && !badPath && (!shared || path !== "");
  const send = () =>
    create.mutate(
      { storagePoolId, storagePool: { type, path, ...(displayName ? { displayName } : {}) }, nodes },
      { onSuccess: ({ name }) => void go(`/storage/pools/${idOf(name)}`) },
    );
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label="Create pool">
      <ModalHeader title="Create pool" />
      <ModalBody>
        <Form onSubmit={(event) => event.preventDefault()}>
          <TextField id="pool-name" label="Name" value={displayName} onChange={setDisplayName} />
          <TextField id="pool-id" label="Id" required value={storagePoolId} onChange={setId} help={ID_RULE} problem={storagePoolId && !isId(storagePoolId) ? ID_RULE : undefined} />
          <FormGroup label="Type" role="radiogroup" fieldId="pool-type">
            {TYPES.map(([each, word, why]) => (
              <Radio key={each} id={`pool-type-${each}`} name="pool-type" label={word} description={why} isChecked={each === type} onChange={() => setType(each)} />
            ))}
          </FormGroup>
          <TextField id="pool-path" label="Path" required={shared} value={path} onChange={setPath} problem={badPath} help={shared ? "Where every host has it mounted." : "Empty: below each host's own folder of pools."} />
          <FormGroup label="Hosts that shall have it" fieldId="pool-hosts">
            <HostChoice chosen={nodes} onChange={setNodes} />
          </FormGroup>
        </Form>
        <Refused error={create.error} title="Not created" />
      </ModalBody>
      <ModalFooter>
        <Button isLoading={create.isPending} isDisabled={create.isPending || !ready} onClick={send}>
          Create pool
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
