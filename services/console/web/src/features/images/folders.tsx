import { Button } from "@patternfly/react-core";
import FolderIcon from "@patternfly/react-icons/dist/esm/icons/folder-icon";
import { useState } from "react";

import { useImageFolders } from "../../api/image-folders";
import { titleOf } from "../../components/format";
import { Refused } from "../../components/refused";
import { Allowed, Verbs } from "../../components/verbs";
import type { ImageFolder } from "../../gen/quantix/image/v1/image_folder_pb";
import { CreateFolder, DeleteFolder, MoveFolder, RenameFolder } from "./folder-dialogs";

interface FoldersProps {
  /** Name of the chosen folder; empty for all images. */
  chosen: string;
  choose(folder: string): void;
}

type What = "create" | "rename" | "move" | "delete";

const depthOf = ({ path }: ImageFolder) => path.split("/").length - 2;

/** The folders of the image library, as an indented list; choosing one shows what is in it. */
export function Folders({ chosen, choose }: FoldersProps) {
  const folders = useImageFolders();
  const [asked, setAsked] = useState<{ what: What; folder?: ImageFolder }>();
  const close = () => setAsked(undefined);
  const verbsOf = (folder: ImageFolder) => [
    { text: "Rename", needs: "image.update", act: () => setAsked({ what: "rename", folder }) },
    { text: "Move", needs: "image.update", act: () => setAsked({ what: "move", folder }) },
    { text: "Delete", needs: "image.delete", act: () => setAsked({ what: "delete", folder }), danger: true },
  ];
  const folder = asked?.folder;
  return (
    <nav aria-label="Folders" className="q-folders">
      <ul>
        <li>
          <Button variant="plain" isInline className={chosen ? "q-folder" : "q-folder q-chosen"} aria-pressed={!chosen} onClick={() => choose("")}>
            All images
          </Button>
        </li>
        {folders.data?.map((each) => (
          <li key={each.name} style={{ paddingInlineStart: `${depthOf(each)}rem` }}>
            <Button
              variant="plain"
              isInline
              icon={<FolderIcon />}
              className={each.name === chosen ? "q-folder q-chosen" : "q-folder"}
              aria-pressed={each.name === chosen}
              onClick={() => choose(each.name)}
            >
              {titleOf(each)} <span className="q-quiet">{each.imageCount}</span>
            </Button>
            <Verbs label={`Verbs of folder ${titleOf(each)}`} verbs={() => verbsOf(each)} />
          </li>
        ))}
      </ul>
      <Refused error={folders.error} title="Folders cannot be shown" />
      <Allowed needs="image.create">
        <Button variant="link" isInline onClick={() => setAsked({ what: "create" })}>
          Create folder
        </Button>
      </Allowed>
      {asked?.what === "create" && <CreateFolder parent={chosen} onClose={close} />}
      {asked?.what === "rename" && folder && <RenameFolder folder={folder} onClose={close} />}
      {asked?.what === "move" && folder && <MoveFolder folder={folder} onClose={close} />}
      {asked?.what === "delete" && folder && (
        <DeleteFolder folder={folder} onClose={close} onDone={() => folder.name === chosen && choose("")} />
      )}
    </nav>
  );
}
