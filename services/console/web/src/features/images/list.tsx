import { Button } from "@patternfly/react-core";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";

import { useDeleteImage, useImages } from "../../api/images";
import { useUploads } from "../../api/uploads";
import { ProgressBar } from "../../components/bar";
import { Confirm } from "../../components/confirm";
import { Copy } from "../../components/copy";
import { DataTable, type Columns } from "../../components/table/data-table";
import { Empty } from "../../components/empty";
import { bytes, plural, titleOf, UNKNOWN, words } from "../../components/format";
import { Page } from "../../components/page";
import { imageState } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { When } from "../../components/time";
import { Allowed } from "../../components/verbs";
import { Image_Format, Image_Kind, Image_State, type Image } from "../../gen/quantix/image/v1/image_pb";
import { MoveImage } from "./folder-dialogs";
import { Folders } from "./folders";
import { UploadDialog } from "./upload-dialog";
import { UploadRow } from "./upload-row";

const COMING = new Set([Image_State.PENDING, Image_State.UPLOADING, Image_State.VERIFYING, Image_State.STORING]);
const dash = <span className="q-unknown">{UNKNOWN}</span>;

function State({ image }: { image: Image }) {
  const { state, progress, error } = image;
  return (
    <>
      <StateMark shown={imageState(state)} title={error?.message || undefined} />
      {state === Image_State.ERROR && error && <div className="q-quiet">{error.message}</div>}
      {COMING.has(state) && progress && (
        <>
          <div className="q-quiet">
            {bytes(progress.bytesDone)} of {bytes(progress.bytesTotal)}
          </div>
          <ProgressBar percent={progress.percent} label={`${titleOf(image)}: ${progress.stage}`} />
        </>
      )}
    </>
  );
}

const columns: Columns<Image> = [
  { title: "Name", text: titleOf, cell: titleOf },
  { title: "State", text: ({ state }) => imageState(state).word, cell: (image) => <State image={image} /> },
  { title: "Kind", text: ({ kind }) => Image_Kind[kind ?? 0] ?? "", cell: ({ kind }) => (kind === Image_Kind.ISO || kind === Image_Kind.OVA ? Image_Kind[kind] : kind ? words(Image_Kind[kind] ?? "") : dash) },
  { title: "Format", text: ({ format }) => Image_Format[format] ?? "", cell: ({ format }) => (format ? Image_Format[format]?.toLowerCase() : dash) },
  { title: "Size", text: ({ sizeBytes }) => sizeBytes ?? -1n, cell: ({ sizeBytes }) => bytes(sizeBytes) },
  { title: "Virtual size", text: ({ virtualSizeBytes }) => virtualSizeBytes ?? -1n, cell: ({ virtualSizeBytes }) => bytes(virtualSizeBytes) },
  { title: "Digest", cell: ({ digest }) => (digest ? <Copy text={digest} label="digest" shorten={12} /> : dash) },
  { title: "Used by", text: ({ usedByCount }) => usedByCount, cell: ({ usedByCount }) => plural(usedByCount, "VM") },
  { title: "Created", text: ({ createTime }) => createTime?.seconds ?? 0n, cell: ({ createTime }) => <When time={createTime} /> },
];

const nameOf = ({ name }: Image) => name;

export default function ImageList() {
  const images = useImages();
  const uploads = useUploads();
  const [uploading, setUploading] = useState(false);
  const [doomed, setDoomed] = useState<Image>();
  const remove = useDeleteImage();
  const [moving, setMoving] = useState<Image>();
  const [params, setParams] = useSearchParams();
  const folder = params.get("folder") ?? "";
  const rows = useMemo(() => (folder ? images.items?.filter((each) => each.folder === folder) : images.items), [images.items, folder]);
  const choose = (next: string) => setParams(next ? { folder: next } : {});
  const verb = (
    <Allowed needs="image.create">
      <Button onClick={() => setUploading(true)}>Upload image</Button>
    </Allowed>
  );
  return (
    <Page title="Images" actions={verb}>
      {uploads.length > 0 && (
        <section aria-label="Uploads of this browser">
          {uploads.map((each) => (
            <UploadRow key={each.id} upload={each} />
          ))}
        </section>
      )}
      <div className="q-library">
        <Folders chosen={folder} choose={choose} />
      <div>
      <DataTable
        label="Images"
        rows={rows}
        rowKey={nameOf}
        columns={columns}
        title={titleOf}
        verbs={(row) => [
          { text: "Move to folder", needs: "image.update", act: () => setMoving(row) },
          { text: "Delete", needs: "image.delete", act: () => setDoomed(row), danger: true },
        ]}
        error={images.error}
        retry={images.retry}
        empty={
          <Empty title={folder ? "No image in this folder" : "No image yet"} action={verb}>
            Machines begin from images: cloud images, disks, or ISO files to install from.
          </Empty>
        }
      />
      </div>
      </div>
      {moving && <MoveImage image={moving} onClose={() => setMoving(undefined)} />}
      {uploading && <UploadDialog into={folder} onClose={() => setUploading(false)} />}
      {doomed && (
        <Confirm
          title={`Delete image ${titleOf(doomed)}?`}
          verb="Delete image"
          error={remove.error}
          busy={remove.isPending}
          onConfirm={() => remove.mutate(doomed, { onSuccess: () => setDoomed(undefined) })}
          onClose={() => setDoomed(undefined)}
        >
          {bytes(doomed.sizeBytes)} are deleted for good. {doomed.usedByCount > 0 && `${plural(doomed.usedByCount, "machine")} need it; it is refused until they are gone.`}
        </Confirm>
      )}
    </Page>
  );
}
