import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useRef, useState } from "react";

import { startUpload } from "../../api/uploads";
import { ChoiceField, TextField } from "../../components/field";
import { bytes, ID_RULE, isId, toId } from "../../components/format";
import { FolderField, TOP } from "./folder-dialogs";

const KINDS = [
  ["", "As recognised by content"],
  ["CLOUD_IMAGE", "Cloud image"],
  ["DISK", "Disk"],
  ["ISO", "ISO"],
] as const;

const withoutEnding = (name: string) => name.replace(/\.(qcow2|img|iso|raw)$/i, "");

/** Takes a file by drop or choice and starts its upload, which then goes on by itself. */
export function UploadDialog({ into, onClose }: { into: string; onClose(): void }) {
  const [file, setFile] = useState<File>();
  const [typedId, setId] = useState<string>();
  const [typedName, setName] = useState<string>();
  const [kind, setKind] = useState("");
  const [folder, setFolder] = useState(into || TOP);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const name = typedName ?? (file ? withoutEnding(file.name) : "");
  const imageId = typedId ?? toId(name);
  const send = () => {
    if (!file) return;
    startUpload({ file, imageId, displayName: name, kind, folder: folder === TOP ? "" : folder });
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
          <TextField id="image-name" label="Name" value={name} onChange={setName} help="For people; may be changed later." />
          <TextField id="image-id" label="Id" required value={imageId} onChange={setId} help={ID_RULE} problem={imageId && !isId(imageId) ? ID_RULE : undefined} />
          <ChoiceField id="kind" label="Kind" value={kind} options={KINDS} onChange={setKind} />
          <FolderField value={folder} onChange={setFolder} />
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
