import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";

import { isRunning, useCancelOperation, useOperations } from "../../api/operations";
import { useMay } from "../../api/session";
import { useUploads } from "../../api/uploads";
import { ProgressBar } from "../../components/bar";
import { idOf, plural } from "../../components/format";
import { UploadRow } from "../images/upload-row";

/** Running operations and this browser's uploads, on every page. */
export function Tray() {
  const [open, setOpen] = useState(false);
  const uploads = useUploads();
  const sent = new Set(uploads.map(({ image }) => image));
  const running = (useOperations().data ?? []).filter((each) => isRunning(each) && !sent.has(each.target));
  const may = useMay();
  const cancel = useCancelOperation();
  const some = running.length + uploads.length > 0;
  return (
    <section className="q-tray" aria-label="Running operations">
      <div className="q-tray-line">
        <Button variant="plain" size="sm" isDisabled={!some} aria-expanded={open && some} onClick={() => setOpen(!open)}>
          {running.length === 0 && uploads.length === 0 && "No operation is running"}
          {running.length > 0 && `${plural(running.length, "operation")} running`}
          {running.length > 0 && uploads.length > 0 && " · "}
          {uploads.length > 0 && plural(uploads.length, "upload")}
        </Button>
        <Link to="/operations">All operations</Link>
      </div>
      {open && some && (
        <ul className="q-tray-rows">
          {uploads.map((upload) => (
            <li key={upload.id}>
              <UploadRow upload={upload} />
            </li>
          ))}
          {running.map((each) => (
            <li key={each.name} className="q-tray-row">
              <span>
                {each.verb} {idOf(each.target)}
              </span>
              <span className="q-quiet">{each.message || each.stage}</span>
              <ProgressBar percent={each.progressPercent} label={`${each.verb} ${idOf(each.target)}`} />
              {may("operation.cancel") && (
                <Button variant="link" size="sm" onClick={() => cancel.mutate(each.name)} aria-label={`Cancel ${each.verb} ${idOf(each.target)}`}>
                  Cancel
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
