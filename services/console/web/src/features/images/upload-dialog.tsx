import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useRef, useState } from "react";

import { startUpload } from "../../api/uploads";
import { ChoiceField, TextField } from "../../components/field";
import { bytes, ID_RULE, isId, toId } from "../../components/format";

const KINDS = [
  ["", "As recognised by content"],
  ["CLOUD_IMAGE", "Cloud image"],
  ["DISK", "Disk"],
  ["ISO", "ISO"],
] as const;

const withoutEnding = (name: string) => name.replace(/\.(qcow2|img|iso|raw)$/i, "");

/** Takes a file by drop or choice and starts its upload, which then goes on by itself. */
export function UploadDialog({ onClose }: { onClose(): void }) {
  const [file, setFile] = useState<File>();
  const [typedId, setId] = useState<string>();
  const [displayName, setDisplayName] = useState("");
  const [kind, setKind] = useState("");
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const imageId = typedId ?? (file ? toId(withoutEnding(file.name)) : "");
  const send = () => {
    if (!file) return;
    startUpload({ file, imageId, displayName, kind });
    onClose();
  };
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label="Upload image">
      <ModalHeader title="Upload image" description="It goes on while you work elsewhere in the console." />
      <ModalBody>
        <Form onSubmit={(event) => event.preventDefault()}>
          <div
            className={over ? "q-drop q-drop-over" : "q-drop"}
            onDragOver={(event) => {
              event.preventDefault();
              setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={(event) => {
              event.preventDefault();
              setOver(false);
              setFile(event.dataTransfer.files[0] ?? file);
            }}
          >
            <p>{file ? `${file.name} · ${bytes(file.size)}` : "Drop a file here"}</p>
            <Button variant="secondary" onClick={() => input.current?.click()}>
              Choose file
            </Button>
            <input ref={input} hidden type="file" aria-label="Image file" onChange={({ target }) => setFile(target.files?.[0] ?? file)} />
          </div>
          <TextField id="image-id" label="Id" required value={imageId} onChange={setId} help={ID_RULE} problem={imageId && !isId(imageId) ? ID_RULE : undefined} />
          <TextField id="image-name" label="Name" value={displayName} onChange={setDisplayName} help="For people; may be empty." />
          <ChoiceField id="kind" label="Kind" value={kind} options={KINDS} onChange={setKind} />
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button isDisabled={!file || file.size === 0 || !isId(imageId)} onClick={send}>
          Upload image
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
