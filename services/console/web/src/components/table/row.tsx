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
  const look = ["pf-v6-c-table__tr", dim && "q-stale", chosen && "pf-m-selected"].filter(Boolean).join(" ");
  return (
    <tr ref={measure} data-index={index} aria-rowindex={index + 2} className={look} onContextMenu={onMenu && ((event) => onMenu(event, row))}>
      {choose && (
        <td className="pf-v6-c-table__td pf-v6-c-table__check">
          <input type="checkbox" aria-label={`Select ${title}`} checked={chosen} onChange={() => choose(id)} />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.title} className="pf-v6-c-table__td" data-label={column.title}>
          {column.glows ? <Glowing column={column} row={row} /> : column.cell(row)}
        </td>
      ))}
      {verbs && (
        <td className="pf-v6-c-table__td pf-v6-c-table__action">
          <Verbs label={`Verbs of ${title}`} verbs={() => verbs(row)} />
        </td>
      )}
    </tr>
  );
}

/**
 * A row, drawn again only when it, or what is asked of it, became another one. It is of plain elements in PatternFly's
 * classes: the components cost several times as much, and a list that is scrolled makes hundreds of rows a second.
 */
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
