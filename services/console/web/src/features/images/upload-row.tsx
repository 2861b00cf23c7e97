import { Button } from "@patternfly/react-core";
import { useRef } from "react";

import { cancelUpload, continueUpload, pauseUpload, resumeUpload, type UploadView } from "../../api/uploads";
import { ProgressBar } from "../../components/bar";
import { bytes, percent, span } from "../../components/format";

function words({ state, sent, size, rate, problem }: UploadView): string {
  const share = percent((sent * 100) / size);
  if (state === "wants-file") return problem || `${share} kept. Choose the file again to go on from there`;
  if (state === "failed") return problem;
  if (state === "paused") return `Paused, ${share} kept`;
  if (state === "waiting") return `Waiting for connection, ${share} kept`;
  const left = rate ? ` · ${bytes(rate)}/s · ${span((size - sent) / rate)} left` : "";
  return `${bytes(sent)} of ${bytes(size)}${left}`;
}

/** One upload with its verbs. */
export function UploadRow({ upload }: { upload: UploadView }) {
  const input = useRef<HTMLInputElement>(null);
  const { id, state, title, sent, size } = upload;
  return (
    <div className="q-tray-row">
      <span>upload {title}</span>
      <span className="q-quiet">{words(upload)}</span>
      <ProgressBar percent={(sent * 100) / size} label={`Upload of ${title}`} />
      <span>
        {(state === "sending" || state === "waiting") && <Verb text="Pause" act={() => pauseUpload(id)} />}
        {(state === "paused" || state === "failed") && <Verb text="Resume" act={() => continueUpload(id)} />}
        {state === "wants-file" && <Verb text="Choose file" act={() => input.current?.click()} />}
        <Verb text="Cancel" act={() => void cancelUpload(id)} />
        <input
          ref={input}
          hidden
          type="file"
          aria-label={`File of ${title}`}
          onChange={({ target }) => target.files?.[0] && resumeUpload(id, target.files[0])}
        />
      </span>
    </div>
  );
}

function Verb({ text, act }: { text: string; act(): void }) {
  return (
    <Button variant="link" size="sm" onClick={act}>
      {text}
    </Button>
  );
}
