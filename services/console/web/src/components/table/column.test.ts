import { describe, expect, it } from "vitest";

import { matching, readOrder, sorted, toCsv, writeOrder, type Columns } from "./column";

interface Thing {
  name: string;
  size: bigint;
}

const columns: Columns<Thing> = [
  { title: "Name", text: ({ name }) => name, cell: () => null },
  { title: "Size", text: ({ size }) => size, cell: () => null },
  { title: "Verb", cell: () => null },
];
const rows: Thing[] = [
  { name: "web-10", size: 2n },
  { name: "web-9", size: 30n },
  { name: "db", size: 4n },
];
const names = (found: readonly Thing[]) => found.map(({ name }) => name);

describe("rows by their columns", () => {
  it("finds what any column holds", () => {
    expect(names(matching(rows, columns, "web"))).toEqual(["web-10", "web-9"]);
    expect(names(matching(rows, columns, "30"))).toEqual(["web-9"]);
    expect(matching(rows, columns, "")).toBe(rows);
  });

  it("sorts numbers in names and numbers as numbers", () => {
    expect(names(sorted(rows, columns, { column: "Name", down: false }))).toEqual(["db", "web-9", "web-10"]);
    expect(names(sorted(rows, columns, { column: "Size", down: true }))).toEqual(["web-9", "db", "web-10"]);
    expect(sorted(rows, columns, { column: "Nothing", down: true })).toBe(rows);
  });

  it("keeps an order in the address", () => {
    expect(readOrder(writeOrder({ column: "Size", down: true }))).toEqual({ column: "Size", down: true });
    expect(readOrder(null)).toBeUndefined();
  });

  it("exports what is told, and no formula", () => {
    const odd = [{ name: '=1+1,"x"', size: 1n }];
    expect(toCsv(odd, columns)).toBe('"Name","Size"\r\n"\'=1+1,""x""","1"\r\n');
  });
});
