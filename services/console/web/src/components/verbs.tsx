import { Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import EllipsisVIcon from "@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon";
import { useState } from "react";

export interface Verb {
  text: string;
  act(): void;
  danger?: boolean;
  /** Why it cannot be done now. */
  not?: string | undefined;
}

/** The secondary verbs of a thing. */
export function Verbs({ label, verbs }: { label: string; verbs: readonly Verb[] }) {
  const [open, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} variant="plain" isExpanded={open} aria-label={label} onClick={() => setOpen(!open)} icon={<EllipsisVIcon />} />
      )}
    >
      <DropdownList>
        {verbs.map(({ text, act, danger, not }) => (
          <DropdownItem key={text} onClick={act} isDanger={danger ?? false} isDisabled={not !== undefined} description={not}>
            {text}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
