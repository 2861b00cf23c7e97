import { useClusterUsage } from "../../api/clusters";
import { CapacityBar } from "../../components/bar";
import { bytes, megahertz } from "../../components/format";
import { AsOf } from "../../components/time";

/** CPU, memory and storage of a cluster. */
export function UsageBars({ name }: { name: string }) {
  const { data } = useClusterUsage(name);
  return (
    <div className={data?.stale ? "q-stale" : undefined}>
      <CapacityBar label="CPU" usage={data?.cpuMhz} unit={megahertz} />
      <CapacityBar label="Memory" usage={data?.memoryBytes} unit={bytes} />
      <CapacityBar label="Storage" usage={data?.storageBytes} unit={bytes} />
      <AsOf time={data?.observeTime} stale={data?.stale ?? false} />
    </div>
  );
}
