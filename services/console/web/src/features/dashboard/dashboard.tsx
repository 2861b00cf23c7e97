import { Card, CardBody, CardTitle } from "@patternfly/react-core";
import { Link } from "react-router";

import { useClusters } from "../../api/clusters";
import { useMachines } from "../../api/machines";
import { useNodes } from "../../api/nodes";
import { isRunning, useOperations } from "../../api/operations";
import { ProgressBar } from "../../components/bar";
import { EventLines } from "../../components/event-lines";
import { count, idOf, plural, titleOf, UNKNOWN } from "../../components/format";
import { Page, Waiting } from "../../components/page";
import { NotShown } from "../../components/refused";
import { clusterState, machineState, nodePhase, type Shown } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { Allowed } from "../../components/verbs";
import { SiteCapacity } from "./site-capacity";

interface TileProps<T> {
  title: string;
  to: string;
  items: readonly T[] | undefined;
  error: unknown;
  state(item: T): Shown;
}

/** How many there are, and in which states. */
function Tile<T>({ title, to, items, error, state }: TileProps<T>) {
  const states = new Map<string, { shown: Shown; times: number }>();
  for (const item of items ?? []) {
    const shown = state(item);
    const known = states.get(shown.word) ?? { shown, times: 0 };
    states.set(shown.word, { shown, times: known.times + 1 });
  }
  return (
    <Card isCompact>
      <CardTitle component="h2">
        <Link to={to}>{title}</Link>
      </CardTitle>
      <CardBody>
        <div className="q-figure">{items ? count(items.length) : UNKNOWN}</div>
        <div className="q-states">
          {[...states.values()].map(({ shown, times }) => (
            <StateMark key={shown.word} shown={{ tone: shown.tone, word: `${times} ${shown.word.toLowerCase()}` }} />
          ))}
          {error ? <StateMark shown={{ tone: "broken", word: "Not answering" }} /> : null}
        </div>
      </CardBody>
    </Card>
  );
}

export default function Dashboard() {
  const clusters = useClusters();
  const nodes = useNodes();
  const machines = useMachines();
  return (
    <Page title="Dashboard">
      <div className="q-tiles">
        <Allowed needs="cluster.read">
          <Tile title="Clusters" to="/clusters" {...clusters} state={(each) => clusterState(each.status?.state ?? 0)} />
        </Allowed>
        <Allowed needs="node.read">
          <Tile title="Hosts" to="/hosts" {...nodes} state={(each) => nodePhase(each.phase)} />
        </Allowed>
        <Allowed needs="vm.read">
          <Tile title="Virtual machines" to="/vms" {...machines} state={(each) => machineState(each.state)} />
        </Allowed>
      </div>
      <div className="q-halves">
        <SiteCapacity nodes={nodes.items} />
        <ClusterStates clusters={clusters} />
        <RunningOperations />
        <Card isCompact>
          <CardTitle component="h2">
            <Link to="/events">Recent events</Link>
          </CardTitle>
          <CardBody>
            <EventLines most={8} />
          </CardBody>
        </Card>
      </div>
    </Page>
  );
}

function ClusterStates({ clusters }: { clusters: ReturnType<typeof useClusters> }) {
  return (
    <Card isCompact>
      <CardTitle component="h2">Cluster states</CardTitle>
      <CardBody>
        {clusters.error ? <NotShown error={clusters.error} title="Clusters cannot be shown" retry={clusters.retry} /> : null}
        {!clusters.items && !clusters.error && <Waiting rows={2} label="Loading clusters" />}
        {clusters.items?.length === 0 && (
          <p className="q-quiet">
            There is no cluster yet. <Link to="/clusters/create">Create a cluster</Link>
          </p>
        )}
        {clusters.items?.map((each) => (
          <div className="q-line" key={each.name}>
            <span>
              <Link to={`/${each.name}`}>{titleOf(each)}</Link>{" "}
              <span className="q-quiet">{each.status?.reasons[0]?.message ?? plural(each.nodes.length, "host")}</span>
            </span>
            <StateMark shown={clusterState(each.status?.state ?? 0)} />
          </div>
        ))}
      </CardBody>
    </Card>
  );
}

function RunningOperations() {
  const operations = useOperations();
  const running = operations.data?.filter(isRunning);
  return (
    <Card isCompact>
      <CardTitle component="h2">
        <Link to="/operations">Running operations</Link>
      </CardTitle>
      <CardBody>
        {!running && (operations.error ? <NotShown error={operations.error} title="Operations cannot be shown" /> : <Waiting rows={2} label="Loading operations" />)}
        {running?.length === 0 && <p className="q-quiet">Nothing is running.</p>}
        {running?.map((each) => (
          <div key={each.name}>
            <div className="q-line">
              <span>
                {each.verb} {idOf(each.target)}
              </span>
              <span className="q-quiet">{each.stage}</span>
            </div>
            <ProgressBar percent={each.progressPercent} label={`${each.verb} ${idOf(each.target)}`} />
          </div>
        ))}
      </CardBody>
    </Card>
  );
}
