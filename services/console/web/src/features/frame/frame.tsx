import { Page as PageFrame, SkipToContent } from "@patternfly/react-core";
import { useEffect, type ReactNode } from "react";

import { liveClusters } from "../../api/clusters";
import { useEventNews } from "../../api/events";
import { useConnectionState, useWarmUp } from "../../api/live";
import { liveMachines } from "../../api/machines";
import { liveNodes } from "../../api/nodes";
import type { Session } from "../../api/session";
import { recallUploads } from "../../api/uploads";
import { Head } from "./head";
import { Side } from "./side";
import { Tray } from "./tray";

const MAIN = "main";

/** What stands around every page: masthead, navigation, running operations at the bottom. */
export function Frame({ session, children }: { session: Session; children: ReactNode }) {
  useEventNews();
  useWarmUp(liveClusters, liveNodes, liveMachines);
  useEffect(() => void recallUploads(), []);
  const lost = useConnectionState() === "lost";
  return (
    <div className={lost ? "q-frame q-lost" : "q-frame"}>
      <PageFrame
        isManagedSidebar
        masthead={<Head session={session} />}
        sidebar={<Side />}
        mainContainerId={MAIN}
        skipToContent={<SkipToContent href={`#${MAIN}`}>Skip to content</SkipToContent>}
        isContentFilled
      >
        {lost && (
          <div className="q-banner" role="status">
            Connection lost: values are as they were when it broke. Trying again…
          </div>
        )}
        {children}
      </PageFrame>
      <Tray />
    </div>
  );
}
