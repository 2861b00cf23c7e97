/** Which rows a table shows, in which order: both live in the address. */
import { useDeferredValue, useMemo, useRef } from "react";
import { useSearchParams } from "react-router";

import { matching, readOrder, sorted, writeOrder, type Columns, type Order } from "./column";

export interface ShownRows<T> {
  rows: readonly T[] | undefined;
  query: string;
  /** The query that `rows` answer. */
  wanted: string;
  order: Order | undefined;
  search(query: string): void;
  sort(order: Order): void;
}

interface Places {
  /** The question that gave these places. */
  asked: string;
  of: ReadonlyMap<string, number>;
}

/**
 * @param still whether rows must keep their places for now, because a pointer is on them; new ones go to the end.
 */
export function useShown<T>(
  all: readonly T[] | undefined,
  columns: Columns<T>,
  rowKey: (row: T) => string,
  still: boolean,
): ShownRows<T> {
  const [params, setParams] = useSearchParams();
  const query = params.get("q") ?? "";
  const wanted = useDeferredValue(query.toLowerCase());
  const ordered = params.get("order");
  const order = useMemo(() => readOrder(ordered), [ordered]);
  const places = useRef<Places>({ asked: "", of: new Map() });
  const rows = useMemo(() => {
    const found = all && sorted(matching(all, columns, wanted), columns, order);
    if (!found || !order) return found;
    const asked = `${wanted} ${writeOrder(order)}`;
    if (!still || places.current.asked !== asked) {
      places.current = { asked, of: new Map(found.map((row, place) => [rowKey(row), place])) };
      return found;
    }
    const place = (row: T) => places.current.of.get(rowKey(row)) ?? found.length;
    return found.toSorted((a, b) => place(a) - place(b));
  }, [all, columns, wanted, order, rowKey, still]);
  const put = (key: string, value: string) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (value) next.set(key, value);
        else next.delete(key);
        return next;
      },
      { replace: true },
    );
  return {
    rows,
    query,
    wanted,
    order,
    search: (value) => put("q", value),
    sort: (value) => put("order", writeOrder(value)),
  };
}
