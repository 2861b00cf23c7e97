import { Pagination, SearchInput, Toolbar, ToolbarContent, ToolbarItem } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr, type ThProps } from "@patternfly/react-table";
import { useDeferredValue, useMemo, useState, type ReactNode } from "react";
import { useSearchParams } from "react-router";

import { NotShown } from "./refused";
import { Waiting } from "./page";

export interface Column<T> {
  title: string;
  cell(row: T): ReactNode;
  /** What it is sorted and searched by. */
  text?(row: T): string | number | bigint;
}

interface DataTableProps<T> {
  label: string;
  rows: readonly T[] | undefined;
  rowKey(row: T): string;
  columns: ReadonlyArray<Column<T>>;
  empty: ReactNode;
  error?: unknown;
  retry?: () => void;
  search?: boolean;
  filters?: ReactNode;
  dim?: (row: T) => boolean;
}

const PAGE = 100;

function compare(a: string | number | bigint, b: string | number | bigint): number {
  if (typeof a === "string" || typeof b === "string")
    return String(a).localeCompare(String(b), "en", { numeric: true });
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A compact table: search and order live in the address, rows change in place, 100 at a time. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, rows, rowKey, columns, empty, error, retry, search = true } = props;
  const [params, setParams] = useSearchParams();
  const wanted = useDeferredValue((params.get("q") ?? "").toLowerCase());
  const [order, down] = readOrder(params.get("order"), columns);
  const [page, setPage] = useState(1);
  const shown = useMemo(() => {
    const kept = wanted
      ? rows?.filter((row) => columns.some(({ text }) => String(text?.(row) ?? "").toLowerCase().includes(wanted)))
      : rows;
    const by = order === undefined ? undefined : columns[order]?.text;
    const sign = down ? -1 : 1;
    return by ? kept?.toSorted((a, b) => sign * compare(by(a), by(b))) : kept;
  }, [rows, columns, wanted, order, down]);
  const put = (key: string, value: string) =>
    setParams((old) => {
      const next = new URLSearchParams(old);
      if (value) next.set(key, value);
      else next.delete(key);
      return next;
    }, { replace: true });
  const sort = (column: number): ThProps["sort"] =>
    columns[column]?.text && {
      columnIndex: column,
      sortBy: { ...(order === undefined ? {} : { index: order }), direction: down ? "desc" : "asc" },
      onSort: (_event, index, direction) => put("order", `${direction === "desc" ? "-" : ""}${columns[index]?.title}`),
    };
  if (error && !rows) return <NotShown error={error} title={`${label} cannot be shown`} retry={retry} />;
  if (!rows || !shown) return <Waiting label={`Loading ${label.toLowerCase()}`} />;
  if (rows.length === 0) return empty;
  const first = Math.min(page, Math.max(1, Math.ceil(shown.length / PAGE)));
  return (
    <>
      {(search || props.filters) && (
        <Toolbar inset={{ default: "insetNone" }}>
          <ToolbarContent>
            {search && (
              <ToolbarItem>
                <SearchInput
                  aria-label={`Filter ${label.toLowerCase()}`}
                  placeholder="Filter"
                  value={params.get("q") ?? ""}
                  onChange={(_event, value) => put("q", value)}
                  onClear={() => put("q", "")}
                />
              </ToolbarItem>
            )}
            {props.filters}
            {shown.length > PAGE && (
              <ToolbarItem variant="pagination" align={{ default: "alignEnd" }}>
                <Pagination
                  isCompact
                  itemCount={shown.length}
                  perPage={PAGE}
                  perPageOptions={[{ title: String(PAGE), value: PAGE }]}
                  page={first}
                  onSetPage={(_event, next) => setPage(next)}
                />
              </ToolbarItem>
            )}
          </ToolbarContent>
        </Toolbar>
      )}
      <div className="q-scroll">
      <Table aria-label={label} variant="compact" gridBreakPoint="grid-md">
        <Thead>
          <Tr>
            {columns.map((column, index) => (
              <Th key={column.title || "verbs"} modifier="nowrap" sort={sort(index)} screenReaderText={column.title ? undefined : "Verbs"}>
                {column.title || undefined}
              </Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          {shown.slice((first - 1) * PAGE, first * PAGE).map((row) => (
            <Tr key={rowKey(row)} className={props.dim?.(row) ? "q-stale" : undefined}>
              {columns.map((column) => (
                <Td key={column.title || "verbs"} dataLabel={column.title || undefined} isActionCell={!column.title}>
                  {column.cell(row)}
                </Td>
              ))}
            </Tr>
          ))}
        </Tbody>
      </Table>
      </div>
      {shown.length === 0 && <p className="q-none">Nothing matches “{wanted}”.</p>}
    </>
  );
}

function readOrder<T>(text: string | null, columns: ReadonlyArray<Column<T>>): readonly [number | undefined, boolean] {
  const down = text?.startsWith("-") ?? false;
  const index = columns.findIndex(({ title }) => title && title === (down ? text?.slice(1) : text));
  return [index < 0 ? undefined : index, down];
}
