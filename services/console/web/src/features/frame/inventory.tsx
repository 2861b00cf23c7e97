import { NavExpandable, NavItem } from "@patternfly/react-core";
import { useMemo, useState, type ReactNode } from "react";
import { NavLink, useLocation } from "react-router";

import { useClusters } from "../../api/clusters";
import { useMachines } from "../../api/machines";
import { useNodes } from "../../api/nodes";
import { idOf, titleOf } from "../../components/format";
import { Waiting } from "../../components/page";
import { clusterState, machineState, nodePhase, type Shown } from "../../components/state";
import type { Node } from "../../gen/quantix/node/v1/node_pb";
import type { VirtualMachine } from "../../gen/quantix/vm/v1/virtual_machine_pb";

/** So many machines are listed below a host; the rest is on its page. */
const MOST = 100;

/** The site as a tree: clusters, their hosts, the machines on them; then free hosts, and machines without a host. */
export function Inventory() {
  const clusters = useClusters().items;
  const nodes = useNodes().items;
  const machines = useMachines().items;
  const hosted = useMemo(() => Map.groupBy(machines ?? [], ({ node }) => node), [machines]);
  if (!clusters || !nodes)
    return (
      <li>
        <Waiting label="Loading the inventory" />
      </li>
    );
  const free = nodes.filter(({ cluster }) => !cluster);
  const homeless = hosted.get("") ?? [];
  return (
    <>
      {clusters.map((cluster) => (
        <Branch key={cluster.name} title={titleOf(cluster)} shown={clusterState(cluster.status?.state ?? 0)} to={`/${cluster.name}`}>
          {() => (
            <>
              {nodes
                .filter((node) => node.cluster === cluster.name)
                .map((node) => (
                  <Host key={node.name} node={node} machines={hosted.get(node.name) ?? []} />
                ))}
              <Machines machines={homeless.filter((each) => each.cluster === cluster.name)} more={`/${cluster.name}?tab=vms`} />
            </>
          )}
        </Branch>
      ))}
      {free.length > 0 && (
        <Branch title="Free hosts" to="/hosts">
          {() => free.map((node) => <Host key={node.name} node={node} machines={hosted.get(node.name) ?? []} />)}
        </Branch>
      )}
    </>
  );
}

function Host({ node, machines }: { node: Node; machines: readonly VirtualMachine[] }) {
  const to = `/hosts/${idOf(node.name)}`;
  return (
    <Branch title={node.displayName || node.hostname || idOf(node.name)} shown={nodePhase(node.phase)} to={to}>
      {() => <Machines machines={machines} more={`${to}?tab=vms`} />}
    </Branch>
  );
}

function Machines({ machines, more }: { machines: readonly VirtualMachine[]; more: string }) {
  return (
    <>
      {machines.slice(0, MOST).map((each) => (
        <Leaf key={each.name} to={`/${each.name}`} text={titleOf(each)} shown={machineState(each.state)} />
      ))}
      {machines.length > MOST && <Leaf to={more} text={`and ${machines.length - MOST} more`} />}
    </>
  );
}

interface BranchProps {
  title: string;
  to: string;
  shown?: Shown;
  /** Made only while the branch is open. */
  children(): ReactNode;
}

function Branch({ title, to, shown, children }: BranchProps) {
  const [open, setOpen] = useState(false);
  return (
    <NavExpandable
      title={title}
      buttonProps={{ title: shown?.word }}
      isExpanded={open}
      onExpand={(_event, next) => setOpen(next)}
      className={shown ? `q-branch q-branch-${shown.tone}` : "q-branch"}
    >
      {open && (
        <>
          <Leaf to={to} text="Overview" />
          {children()}
        </>
      )}
    </NavExpandable>
  );
}

function Leaf({ to, text, shown }: { to: string; text: string; shown?: Shown }) {
  const { pathname } = useLocation();
  return (
    <NavItem isActive={pathname === to}>
      <NavLink to={to} title={shown?.word}>
        {shown && <span className={`q-dot q-dot-${shown.tone}`} role="img" aria-label={shown.word} />} {text}
      </NavLink>
    </NavItem>
  );
}
