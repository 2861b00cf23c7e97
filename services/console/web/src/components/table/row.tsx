import { Td, Tr } from "@patternfly/react-table";
import { memo, useRef, type MouseEvent, type ReactNode, type Ref } from "react";

import { Verbs, type Verb } from "../verbs";
import type { Column, Columns } from "./column";

interface RowProps<T> {
  row: T;
  id: string;
  columns: Columns<T>;
  dim: boolean;
  /** Place in the whole list, from 0; the row's height is measured by it. */
  index: number;
  measure: Ref<HTMLTableRowElement> | undefined;
  title: string;
  verbs: ((row: T) => readonly Verb[]) | undefined;
  chosen: boolean;
  choose: ((id: string) => void) | undefined;
  onMenu: ((event: MouseEvent, row: T) => void) | undefined;
}

function RowOf<T>({ row, id, columns, dim, index, measure, title, verbs, chosen, choose, onMenu }: RowProps<T>) {
  return (
    <Tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      className={dim ? "q-stale" : undefined}
      isRowSelected={chosen}
      onContextMenu={onMenu && ((event: MouseEvent) => onMenu(event, row))}
    >
      {choose && <Td select={{ rowIndex: index, isSelected: chosen, onSelect: () => choose(id) }} />}
      {columns.map((column) => (
        <Td key={column.title} dataLabel={column.title}>
          {column.glows ? <Glowing column={column} row={row} /> : column.cell(row)}
        </Td>
      ))}
      {verbs && (
        <Td isActionCell>
          <Verbs label={`Verbs of ${title}`} verbs={() => verbs(row)} />
        </Td>
      )}
    </Tr>
  );
}

/** A row; drawn again only when it, or what is asked of it, became another one. */
export const Row = memo(RowOf) as typeof RowOf;

/** A cell that glows once when what it says changes, but not when it appears. */
function Glowing<T>({ column, row }: { column: Column<T>; row: T }): ReactNode {
  const text = String(column.text?.(row) ?? "");
  const first = useRef(text);
  const changed = first.current !== text;
  if (changed) first.current = "\u0000";
  return (
    <span key={text} className={changed ? "q-glows" : undefined}>
      {column.cell(row)}
    </span>
  );
}
