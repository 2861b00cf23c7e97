import { create } from "@bufbuild/protobuf";
import { Card, CardBody, CardTitle } from "@patternfly/react-core";

import { CapacityBar } from "../../components/bar";
import { bytes, plural } from "../../components/format";
import { Waiting } from "../../components/page";
import { ResourceUsageSchema, type ResourceUsage } from "../../gen/quantix/cluster/v1/cluster_pb";
import type { Node } from "../../gen/quantix/node/v1/node_pb";

type Figure = readonly [capacity: bigint | undefined, used: bigint | undefined];

/** Sums over the hosts that told; a host that told nothing is counted apart. */
export function sum(figures: readonly Figure[]): ResourceUsage | undefined {
  const known = figures.filter(([capacity]) => capacity !== undefined);
  if (known.length === 0) return undefined;
  const add = (values: ReadonlyArray<bigint | undefined>) => values.reduce<bigint>((all, each) => all + (each ?? 0n), 0n);
  const used = known.filter(([, each]) => each !== undefined);
  return create(ResourceUsageSchema, {
    capacity: add(known.map(([capacity]) => capacity)),
    ...(used.length > 0 ? { used: add(used.map(([, each]) => each)) } : {}),
  });
}

const memory = ({ inventory, usage }: Node): Figure => [inventory?.memoryTotalBytes, usage?.memoryUsedBytes];

function storage({ inventory }: Node): Figure {
  const pools = inventory?.pools.filter(({ capacityBytes }) => capacityBytes !== undefined) ?? [];
  if (pools.length === 0) return [undefined, undefined];
  const capacity = pools.reduce((all, each) => all + (each.capacityBytes ?? 0n), 0n);
  return [capacity, capacity - pools.reduce((all, each) => all + (each.freeBytes ?? 0n), 0n)];
}

export function SiteCapacity({ nodes }: { nodes: readonly Node[] | undefined }) {
  const silent = nodes?.filter(({ inventory }) => inventory?.memoryTotalBytes === undefined).length ?? 0;
  const cpus = nodes?.reduce((all, { inventory }) => all + (inventory?.cpu?.cpuCount ?? 0), 0) ?? 0;
  return (
    <Card isCompact>
      <CardTitle component="h2">Capacity of the hosts</CardTitle>
      <CardBody>
        {!nodes && <Waiting rows={3} label="Loading hosts" />}
        {nodes?.length === 0 && <p className="q-quiet">No host has joined yet.</p>}
        {nodes && nodes.length > 0 && (
          <>
            <CapacityBar label="Memory" usage={sum(nodes.map(memory))} unit={bytes} />
            <CapacityBar label="Storage" usage={sum(nodes.map(storage))} unit={bytes} />
            {cpus > 0 && <p className="q-quiet">{plural(cpus, "logical processor")}</p>}
            {silent > 0 && <p className="q-quiet">{plural(silent, "host")} told nothing and is not counted.</p>}
          </>
        )}
      </CardBody>
    </Card>
  );
}
