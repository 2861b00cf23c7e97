import { Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import EllipsisVIcon from "@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon";
import { useState, type ReactNode } from "react";

import { useMay } from "../api/session";

export interface Verb {
  text: string;
  /** The permission that it takes; whoever lacks it does not see the verb. */
  needs: string;
  act(): void;
  danger?: boolean;
  /** Why it cannot be done now. */
  not?: string | undefined;
}

/** The secondary verbs of a thing; nothing where one may do none of them. */
export function Verbs({ label, verbs }: { label: string; verbs: readonly Verb[] | (() => readonly Verb[]) }) {
  const [open, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      shouldFocusFirstItemOnOpen
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} variant="plain" isExpanded={open} aria-label={label} onClick={() => setOpen(!open)} icon={<EllipsisVIcon />} />
      )}
    >
      <DropdownList>{open && <VerbItems verbs={typeof verbs === "function" ? verbs() : verbs} />}</DropdownList>
    </Dropdown>
  );
}

export function VerbItems({ verbs }: { verbs: readonly Verb[] }) {
  const may = useMay();
  const mine = verbs.filter(({ needs }) => may(needs));
  if (mine.length === 0) return <DropdownItem isDisabled>Your roles allow nothing here</DropdownItem>;
  return mine.map(({ text, act, danger, not }) => (
    <DropdownItem key={text} onClick={act} isDanger={danger ?? false} isDisabled={not !== undefined} description={not}>
      {text}
    </DropdownItem>
  ));
}

/** Shows `children` to those who have a permission. */
export function Allowed({ needs, children }: { needs: string; children: ReactNode }) {
  return useMay()(needs) ? children : null;
}
