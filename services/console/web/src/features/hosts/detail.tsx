import { useState } from "react";
import { useNavigate, useParams } from "react-router";

import { useNodes, useNodeVerb } from "../../api/nodes";
import { Empty } from "../../components/empty";
import { EventLines } from "../../components/event-lines";
import { Page, Waiting } from "../../components/page";
import { NotShown, Refused } from "../../components/refused";
import { nodePhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { UrlTabs } from "../../components/tabs";
import { AsOf } from "../../components/time";
import { Verbs } from "../../components/verbs";
import { MachineTable } from "../machines/machine-table";
import { Hardware } from "./hardware";
import { RemoveHost } from "./remove-host";
import { HostSettings } from "./settings";
import { Summary } from "./summary";
import { hostTitle } from "./title";
import { hostVerbs } from "./verbs";

const CRUMBS = [{ text: "Hosts", to: "/hosts" }];

export default function HostPage() {
  const { id = "" } = useParams();
  const nodes = useNodes();
  const verb = useNodeVerb();
  const [leaving, setLeaving] = useState(false);
  const go = useNavigate();
  const node = nodes.byName?.get(`nodes/${id}`);
  if (!node)
    return (
      <Page title={id} crumbs={CRUMBS}>
        {nodes.error ? <NotShown error={nodes.error} title="The host cannot be shown" retry={nodes.retry} /> : null}
        {!nodes.items && !nodes.error && <Waiting label="Loading the host" />}
        {nodes.items && <Empty title="No such host">It may have been removed.</Empty>}
      </Page>
    );
  return (
    <Page
      title={hostTitle(node)}
      crumbs={CRUMBS}
      state={
        <>
          <StateMark shown={nodePhase(node.phase)} /> <AsOf time={node.observeTime} stale={node.stale} />
        </>
      }
      description={node.description}
      actions={
        <Verbs
          label="Verbs of the host"
          verbs={hostVerbs(node, (name) => verb.mutate({ verb: name, name: node.name }), () => setLeaving(true))}
        />
      }
    >
      <Refused error={verb.error} title="Not done" />
      <UrlTabs
        label="Parts of the host"
        pages={[
          { id: "summary", title: "Summary", content: () => <Summary node={node} /> },
          { id: "vms", title: "VMs", content: () => <MachineTable node={node.name} /> },
          { id: "hardware", title: "Hardware", content: () => <Hardware node={node} /> },
          { id: "settings", title: "Settings", content: () => <HostSettings key={node.name} node={node} /> },
          { id: "events", title: "Events", content: () => <EventLines filter={{ subject: node.name }} /> },
        ]}
      />
      {leaving && <RemoveHost node={node} onClose={() => setLeaving(false)} onDone={() => void go("/hosts")} />}
    </Page>
  );
}
