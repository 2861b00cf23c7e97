import { Checkbox } from "@patternfly/react-core";
import { Table, Tbody, Th, Thead, Tr } from "@patternfly/react-table";
import { useCallback, useMemo, useRef, useState, type ReactNode } from "react";

import { Waiting } from "../page";
import { NotShown } from "../refused";
import type { Verb } from "../verbs";
import { BulkBar, type BulkVerb } from "./bulk";
import { useColumnChoice } from "./choice";
import type { Column, Columns } from "./column";
import { ContextMenu, useContextMenu } from "./context-menu";
import { MOST_DRAWN, Rows } from "./rows";
import { useSelection } from "./selection";
import { useShown } from "./shown";
import { Tools } from "./tools";

export type { BulkVerb, Column, Columns };

interface DataTableProps<T> {
  label: string;
  rows: readonly T[] | undefined;
  /** Tells rows apart; must be the same function at every drawing, as must `columns`. */
  rowKey(row: T): string;
  columns: Columns<T>;
  empty: ReactNode;
  error?: unknown;
  retry?: () => void;
  /** False for short tables inside a page: no tools, no order in the address. */
  search?: boolean;
  filters?: ReactNode;
  dim?: (row: T) => boolean;
  /** How verbs call a row. */
  title?: (row: T) => string;
  verbs?: (row: T) => readonly Verb[];
  bulk?: ReadonlyArray<BulkVerb<T>>;
}

/** A compact table: search and order live in the address, rows change in place, long lists are drawn in part. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, rows, rowKey, columns, empty, error, retry, search = true, title = rowKey, bulk } = props;
  const [still, setStill] = useState(false);
  const choice = useColumnChoice(label, columns);
  const shown = useShown(search ? rows : undefined, columns, rowKey, still);
  const selection = useSelection(rows, rowKey);
  const menu = useContextMenu<T>();
  const verbs = useLatest(props.verbs);
  const few = search ? shown.rows : rows;
  // A state, not a ref: the rows have to be drawn again once it is there.
  const [scroll, setScroll] = useState<HTMLDivElement | null>(null);
  if (error && !rows) return <NotShown error={error} title={`${label} cannot be shown`} retry={retry} />;
  if (!rows || !few) return <Waiting label={`Loading ${label.toLowerCase()}`} />;
  if (rows.length === 0) return empty;
  const all = few.length > 0 && selection.chosen.length === few.length;
  return (
    <>
      {search && <Tools {...{ label, shown, columns, choice }} all={rows} filters={props.filters} />}
      {bulk && <BulkBar chosen={selection.chosen} verbs={bulk} title={title} clear={() => selection.choose([])} />}
      <div ref={setScroll} className={few.length > MOST_DRAWN ? "q-scroll q-long" : "q-scroll"} onPointerEnter={() => setStill(true)} onPointerLeave={() => setStill(false)}>
        <Table aria-label={label} variant="compact" gridBreakPoint="grid-md" isStickyHeader aria-rowcount={few.length + 1}>
          <Thead>
            <Tr>
              {bulk && (
                <Th className="q-select">
                  <Checkbox id={`select-all-${label}`} aria-label="Select all" isChecked={all} onChange={() => selection.choose(all ? [] : few.map(rowKey))} />
                </Th>
              )}
              {choice.shown.map((column, index) => (
                <Head key={column.title} column={column} index={index} shown={search ? shown : undefined} columns={choice.shown} />
              ))}
              {props.verbs && <Th screenReaderText="Verbs" />}
            </Tr>
          </Thead>
          <Tbody>
            <Rows
              rows={few}
              scroll={scroll}
              columns={choice.shown}
              rowKey={rowKey}
              title={title}
              dim={props.dim}
              verbs={verbs}
              selection={bulk && selection}
              onMenu={verbs && menu.open}
            />
          </Tbody>
        </Table>
      </div>
      {verbs && <ContextMenu menu={menu} verbs={verbs} />}
      {few.length === 0 && <p className="q-none">Nothing matches “{shown.wanted}”.</p>}
    </>
  );
}

interface HeadProps<T> {
  column: Column<T>;
  index: number;
  columns: Columns<T>;
  shown: ReturnType<typeof useShown<T>> | undefined;
}

function Head<T>({ column, index, columns, shown }: HeadProps<T>) {
  const { order } = shown ?? {};
  const by = columns.findIndex(({ title }) => title === order?.column);
  return (
    <Th
      modifier="nowrap"
      sort={
        shown && column.text
          ? {
              columnIndex: index,
              sortBy: { ...(by < 0 ? {} : { index: by }), direction: order?.down ? "desc" : "asc" },
              onSort: (_event, _index, direction) => shown.sort({ column: column.title, down: direction === "desc" }),
            }
          : undefined
      }
    >
      {column.title}
    </Th>
  );
}

/** A function that stays the same, and does what the newest one does. */
function useLatest<T>(newest: ((row: T) => readonly Verb[]) | undefined): ((row: T) => readonly Verb[]) | undefined {
  const latest = useRef(newest);
  latest.current = newest;
  const call = useCallback((row: T) => latest.current?.(row) ?? [], []);
  return useMemo(() => (newest === undefined ? undefined : call), [newest === undefined, call]);
}
