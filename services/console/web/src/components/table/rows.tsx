import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, type MouseEvent } from "react";

import type { Verb } from "../verbs";
import type { Columns } from "./column";
import { Row } from "./row";
import type { Selection } from "./selection";

interface RowsProps<T> {
  rows: readonly T[];
  /** What scrolls; null until it is there. */
  scroll: HTMLDivElement | null;
  columns: Columns<T>;
  rowKey(row: T): string;
  title(row: T): string;
  dim: ((row: T) => boolean) | undefined;
  verbs: ((row: T) => readonly Verb[]) | undefined;
  selection: Selection<T> | undefined;
  onMenu: ((event: MouseEvent, row: T) => void) | undefined;
}

/** Longer lists are drawn only where they are seen. */
export const MOST_DRAWN = 60;
const ROW_PIXELS = 41;
const BEYOND = 12;

export function Rows<T>(props: RowsProps<T>) {
  return props.rows.length > MOST_DRAWN ? <SeenRows {...props} /> : <Some {...props} places={undefined} measure={undefined} />;
}

function SeenRows<T>(props: RowsProps<T>) {
  const { rows, scroll, rowKey } = props;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll,
    estimateSize: () => ROW_PIXELS,
    getItemKey: useCallback((index: number) => rowKey(rows[index]!), [rows, rowKey]),
    overscan: BEYOND,
  });
  const seen = virtual.getVirtualItems();
  const above = seen[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (seen.at(-1)?.end ?? 0);
  return (
    <>
      <Gap pixels={above} />
      <Some {...props} places={seen.map(({ index }) => index)} measure={virtual.measureElement} />
      <Gap pixels={below} />
    </>
  );
}

/** Stands for rows that are not drawn. */
function Gap({ pixels }: { pixels: number }) {
  return (
    <tr aria-hidden className="q-gap" style={{ height: `${pixels}px` }}>
      <td />
    </tr>
  );
}

interface SomeProps<T> extends RowsProps<T> {
  places: readonly number[] | undefined;
  measure: ((row: HTMLTableRowElement | null) => void) | undefined;
}

function Some<T>({ rows, places, measure, columns, rowKey, title, dim, verbs, selection, onMenu }: SomeProps<T>) {
  const toggle = useCallback((id: string) => selection?.toggle(id), [selection?.toggle]);
  return (places ?? rows.map((_row, place) => place)).map((place) => {
    const row = rows[place]!;
    const id = rowKey(row);
    return (
      <Row
        key={id}
        id={id}
        row={row}
        index={place}
        measure={measure}
        columns={columns}
        dim={dim?.(row) ?? false}
        title={title(row)}
        verbs={verbs}
        chosen={selection?.has(id) ?? false}
        choose={selection && toggle}
        onMenu={onMenu}
      />
    );
  });
}
