import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { useEffect, useState, useSyncExternalStore } from "react";

import { clock, relative, toDate, UNKNOWN } from "./format";

const EVERY_MS = 10_000;
let now = new Date();
const listeners = new Set<() => void>();
let timer: number | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(() => {
    now = new Date();
    for (const each of listeners) each();
  }, EVERY_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Now, told again after so many milliseconds. */
export function useNow(every: number): Date {
  const [at, setAt] = useState(() => new Date());
  useEffect(() => {
    const ticking = setInterval(() => setAt(new Date()), every);
    return () => clearInterval(ticking);
  }, [every]);
  return at;
}

/** A time relative to now, the exact one on hover. */
export function When({ time }: { time: Timestamp | undefined }) {
  useSyncExternalStore(subscribe, () => now);
  const date = toDate(time);
  if (!date) return <span className="q-unknown">{UNKNOWN}</span>;
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString("en-GB")}>
      {relative(date)}
    </time>
  );
}

/** "as of 14:02" beside values that are older than they should be. */
export function AsOf({ time, stale }: { time: Timestamp | undefined; stale: boolean }) {
  if (!stale) return null;
  return <span className="q-as-of">as of {clock(toDate(time))}</span>;
}
