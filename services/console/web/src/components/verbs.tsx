import { Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import EllipsisVIcon from "@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon";
import { useEffect, useRef, useState, type ReactNode } from "react";

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
  const [used, setUsed] = useState(false);
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (!used) return;
    // The click that asked for the menu is still on its way up: seen by the open menu, it would close it.
    const soon = setTimeout(() => setOpen(true));
    return () => clearTimeout(soon);
  }, [used]);
  useEffect(() => {
    if (wasOpen.current && !open) button.current?.focus();
    wasOpen.current = open;
  }, [open]);
  const common = { variant: "plain", "aria-label": label, icon: <EllipsisVIcon /> } as const;
  // A list has hundreds of these: what a menu costs is paid when it is first opened.
  if (!used)
    return (
      <button type="button" className="q-kebab" aria-label={label} aria-expanded={false} onClick={() => setUsed(true)}>
        <EllipsisVIcon />
      </button>
    );
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      shouldFocusFirstItemOnOpen
      popperProps={{ position: "right" }}
      toggle={{
        toggleRef: button,
        toggleNode: <MenuToggle ref={button} {...common} isExpanded={open} onClick={() => setOpen(!open)} />,
      }}
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
