import type { ResourceUsage } from "../gen/quantix/cluster/v1/cluster_pb";
import { UNKNOWN } from "./format";

type Unit = (value: bigint | undefined) => string;

const share = (part: bigint | undefined, whole: bigint | undefined): number =>
  part === undefined || !whole ? 0 : Math.min(100, (Number(part) * 100) / Number(whole));

/** Used, allocated and capacity in one thin bar, the numbers written out. */
export function CapacityBar({ label, usage, unit }: { label: string; usage: ResourceUsage | undefined; unit: Unit }) {
  const { capacity, used, allocated } = usage ?? {};
  const known = capacity !== undefined;
  const usedShare = share(used, capacity);
  const text = known ? [`${unit(used)} used`, ...(allocated === undefined ? [] : [`${unit(allocated)} allocated`]), unit(capacity)].join(" · ") : UNKNOWN;
  const tone = usedShare >= 95 ? "broken" : usedShare >= 85 ? "attention" : "plain";
  return (
    <div className="q-capacity">
      <div className="q-capacity-words">
        <span>{label}</span>
        <span className="q-number">{text}</span>
      </div>
      <div
        className="q-bar"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(usedShare)}
        aria-valuetext={text}
      >
        <Part className="q-bar-allocated" width={share(allocated, capacity)} />
        <Part className={`q-bar-used q-bar-${tone}`} width={usedShare} />
      </div>
    </div>
  );
}

/** Set as a property, not as an attribute: the content security policy forbids inline styles. */
function Part({ className, width }: { className: string; width: number }) {
  return <div className={className} style={{ width: `${width}%` }} />;
}

export function ProgressBar({ percent, label }: { percent: number | undefined; label: string }) {
  return (
    <div
      className="q-bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent === undefined ? undefined : Math.round(percent)}
    >
      <Part className="q-bar-used q-bar-plain" width={percent ?? 0} />
    </div>
  );
}
