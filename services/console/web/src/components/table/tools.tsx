import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  MenuToggle,
  SearchInput,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import ColumnsIcon from "@patternfly/react-icons/dist/esm/icons/columns-icon";
import DownloadIcon from "@patternfly/react-icons/dist/esm/icons/download-icon";
import { useState, type ReactNode } from "react";

import { plural } from "../format";
import type { ColumnChoice } from "./choice";
import { toCsv, type Columns } from "./column";
import type { ShownRows } from "./shown";

interface ToolsProps<T> {
  label: string;
  all: readonly T[];
  shown: ShownRows<T>;
  columns: Columns<T>;
  choice: ColumnChoice<T>;
  filters: ReactNode;
}

/** Search, filters, how many are shown, columns and export. */
export function Tools<T>({ label, all, shown, columns, choice, filters }: ToolsProps<T>) {
  const few = shown.rows?.length ?? 0;
  return (
    <Toolbar inset={{ default: "insetNone" }} className="q-tools">
      <ToolbarContent>
        <ToolbarItem>
          <SearchInput
            aria-label={`Filter ${label.toLowerCase()}`}
            placeholder="Filter"
            value={shown.query}
            onChange={(_event, value) => shown.search(value)}
            onClear={() => shown.search("")}
          />
        </ToolbarItem>
        {filters}
        <ToolbarGroup align={{ default: "alignEnd" }} variant="action-group-plain">
          <ToolbarItem className="q-count" alignSelf="center">
            {few === all.length ? plural(few, "row") : `${few.toLocaleString("en-US")} of ${plural(all.length, "row")}`}
          </ToolbarItem>
          <ToolbarItem>
            <ColumnMenu columns={columns} choice={choice} />
          </ToolbarItem>
          <ToolbarItem>
            <Button
              variant="plain"
              aria-label="Export as CSV"
              title="Export as CSV"
              icon={<DownloadIcon />}
              onClick={() => download(`${label.toLowerCase().replaceAll(" ", "-")}.csv`, toCsv(shown.rows ?? [], columns))}
            />
          </ToolbarItem>
        </ToolbarGroup>
      </ToolbarContent>
    </Toolbar>
  );
}

function ColumnMenu<T>({ columns, choice }: { columns: Columns<T>; choice: ColumnChoice<T> }) {
  const [open, setOpen] = useState(false);
  const last = choice.shown.length === 1 ? choice.shown[0]?.title : undefined;
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={(_event, title) => choice.toggle(String(title))}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} variant="plain" isExpanded={open} aria-label="Columns" onClick={() => setOpen(!open)} icon={<ColumnsIcon />} />
      )}
    >
      <DropdownList>
        {columns.map(({ title }) => (
          <DropdownItem key={title} value={title} hasCheckbox isSelected={choice.isShown(title)} isDisabled={title === last}>
            {title}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}
