/** Which rows are chosen for a verb on all of them. */
import { useMemo, useState } from "react";

export interface Selection<T> {
  chosen: readonly T[];
  has(key: string): boolean;
  toggle(key: string): void;
  choose(keys: readonly string[]): void;
}

/** What leaves the list leaves the selection. */
export function useSelection<T>(rows: readonly T[] | undefined, rowKey: (row: T) => string): Selection<T> {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const chosen = useMemo(
    () => (keys.size === 0 ? [] : (rows ?? []).filter((row) => keys.has(rowKey(row)))),
    [rows, keys, rowKey],
  );
  return {
    chosen,
    has: (key) => keys.has(key),
    toggle: (key) =>
      setKeys((old) => {
        const next = new Set(old);
        if (!next.delete(key)) next.add(key);
        return next;
      }),
    choose: (all) => setKeys(new Set(all)),
  };
}
