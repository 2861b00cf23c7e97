/** What a column is, and what can be done with rows by their columns' texts alone. */
import type { ReactNode } from "react";

export type Text = string | number | bigint;

export interface Column<T> {
  title: string;
  cell(row: T): ReactNode;
  /** What it is sorted, searched and exported by. */
  text?(row: T): Text;
  /** Shown only to those who choose it. */
  extra?: boolean;
  /** Glows once when its text changes. */
  glows?: boolean;
}

export type Columns<T> = ReadonlyArray<Column<T>>;

export interface Order {
  column: string;
  down: boolean;
}

export function readOrder(text: string | null): Order | undefined {
  if (!text) return undefined;
  return text.startsWith("-") ? { column: text.slice(1), down: true } : { column: text, down: false };
}

export const writeOrder = ({ column, down }: Order): string => (down ? `-${column}` : column);

function compare(a: Text, b: Text): number {
  if (typeof a === "string" || typeof b === "string") return collator.compare(String(a), String(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

const collator = new Intl.Collator("en", { numeric: true });

/** The rows of which any column holds `wanted`, which is in lower case. */
export function matching<T>(rows: readonly T[], columns: Columns<T>, wanted: string): readonly T[] {
  if (!wanted) return rows;
  return rows.filter((row) => columns.some(({ text }) => text && String(text(row)).toLowerCase().includes(wanted)));
}

export function sorted<T>(rows: readonly T[], columns: Columns<T>, order: Order | undefined): readonly T[] {
  const by = columns.find(({ title }) => title === order?.column)?.text;
  if (!order || !by) return rows;
  const sign = order.down ? -1 : 1;
  const keyed = rows.map((row) => [by(row), row] as const);
  return keyed.sort(([a], [b]) => sign * compare(a, b)).map(([, row]) => row);
}

const quoted = (text: Text | undefined): string => `"${String(text ?? "").replaceAll('"', '""')}"`;

/** Rows as comma-separated values. A cell that a spreadsheet would take for a formula is led by a quote. */
export function toCsv<T>(rows: readonly T[], columns: Columns<T>): string {
  const told = columns.filter(({ text }) => text);
  const plain = (text: Text | undefined) => (typeof text === "string" && /^[=+\-@]/.test(text) ? `'${text}` : text);
  const lines = rows.map((row) => told.map(({ text }) => quoted(plain(text?.(row)))).join(","));
  return [told.map(({ title }) => quoted(title)).join(","), ...lines, ""].join("\r\n");
}
