import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useState } from "react";

import {
  useCreateImageFolder,
  useDeleteImageFolder,
  useImageFolders,
  useMoveImage,
  useMoveImageFolder,
  useRenameImageFolder,
} from "../../api/image-folders";
import { Confirm } from "../../components/confirm";
import { ChoiceField, TextField } from "../../components/field";
import { plural, titleOf } from "../../components/format";
import { Refused } from "../../components/refused";
import type { ImageFolder } from "../../gen/quantix/image/v1/image_folder_pb";
import type { Image } from "../../gen/quantix/image/v1/image_pb";

export const TOP = "/";

interface FolderFieldProps {
  value: string;
  onChange(folder: string): void;
  /** Not offered, with all below it. */
  without?: ImageFolder | undefined;
}

/** A folder by its path; `/` is the top. */
export function FolderField({ value, onChange, without }: FolderFieldProps) {
  const folders = useImageFolders().data ?? [];
  const offered = folders.filter(({ path }) => !without || (path !== without.path && !path.startsWith(`${without.path}/`)));
  return (
    <ChoiceField
      id="folder"
      label="Folder"
      value={value || TOP}
      options={[[TOP, "/ (top)"], ...offered.map(({ name, path }) => [name, path] as const)]}
      onChange={onChange}
    />
  );
}

interface DialogProps {
  title: string;
  verb: string;
  ready: boolean;
  busy: boolean;
  error: unknown;
  onDo(): void;
  onClose(): void;
  children: React.ReactNode;
}

function Dialog({ title, verb, ready, busy, error, onDo, onClose, children }: DialogProps) {
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} />
      <ModalBody>
        <Form
          onSubmit={(event) => {
            event.preventDefault();
            if (ready && !busy) onDo();
          }}
        >
          {children}
        </Form>
        <Refused error={error} title="Not done" />
      </ModalBody>
      <ModalFooter>
        <Button isLoading={busy} isDisabled={busy || !ready} onClick={onDo}>
          {verb}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

export function CreateFolder({ parent, onClose }: { parent: string; onClose(): void }) {
  const [displayName, setDisplayName] = useState("");
  const [chosen, setChosen] = useState(parent || TOP);
  const create = useCreateImageFolder();
  return (
    <Dialog
      title="Create folder"
      verb="Create folder"
      ready={displayName.trim() !== ""}
      busy={create.isPending}
      error={create.error}
      onDo={() => create.mutate({ displayName, parent: chosen === TOP ? "" : chosen }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <TextField id="folder-name" label="Name" required value={displayName} onChange={setDisplayName} />
      <FolderField value={chosen} onChange={setChosen} />
    </Dialog>
  );
}

export function RenameFolder({ folder, onClose }: { folder: ImageFolder; onClose(): void }) {
  const [displayName, setDisplayName] = useState(titleOf(folder));
  const rename = useRenameImageFolder();
  return (
    <Dialog
      title={`Rename ${folder.path}`}
      verb="Rename folder"
      ready={displayName.trim() !== ""}
      busy={rename.isPending}
      error={rename.error}
      onDo={() => rename.mutate({ ...folder, displayName }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <TextField id="folder-name" label="Name" required value={displayName} onChange={setDisplayName} />
    </Dialog>
  );
}

export function MoveFolder({ folder, onClose }: { folder: ImageFolder; onClose(): void }) {
  const [parent, setParent] = useState(folder.parent || TOP);
  const move = useMoveImageFolder();
  return (
    <Dialog
      title={`Move ${folder.path}`}
      verb="Move folder"
      ready
      busy={move.isPending}
      error={move.error}
      onDo={() => move.mutate({ ...folder, parent }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <FolderField value={parent} onChange={setParent} without={folder} />
    </Dialog>
  );
}

export function MoveImage({ image, onClose }: { image: Image; onClose(): void }) {
  const [folder, setFolder] = useState(image.folder || TOP);
  const move = useMoveImage();
  return (
    <Dialog
      title={`Move ${titleOf(image)}`}
      verb="Move image"
      ready
      busy={move.isPending}
      error={move.error}
      onDo={() => move.mutate({ ...image, folder }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <FolderField value={folder} onChange={setFolder} />
    </Dialog>
  );
}

export function DeleteFolder({ folder, onClose, onDone }: { folder: ImageFolder; onClose(): void; onDone(): void }) {
  const [moveTo, setMoveTo] = useState(folder.parent || TOP);
  const remove = useDeleteImageFolder();
  const done = () => {
    onClose();
    onDone();
  };
  return (
    <Confirm
      title={`Delete folder ${folder.path}?`}
      verb="Delete folder"
      error={remove.error}
      busy={remove.isPending}
      onConfirm={() => remove.mutate({ folder, moveTo }, { onSuccess: done })}
      onClose={onClose}
    >
      <p>No image is deleted: {plural(folder.imageCount, "image")} and the folders in it are moved to</p>
      <FolderField value={moveTo} onChange={setMoveTo} without={folder} />
    </Confirm>
  );
}
