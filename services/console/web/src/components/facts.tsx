import { DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from "@patternfly/react-core";
import type { ReactNode } from "react";

import { UNKNOWN } from "./format";

/** Names and values; what is unknown is a grey dash. */
export function Facts({ items, narrow = false }: { items: ReadonlyArray<readonly [term: string, value: ReactNode]>; narrow?: boolean }) {
  return (
    <DescriptionList isHorizontal isCompact columnModifier={{ lg: narrow ? "1Col" : "2Col" }}>
      {items.map(([term, value]) => (
        <DescriptionListGroup key={term}>
          <DescriptionListTerm>{term}</DescriptionListTerm>
          <DescriptionListDescription>
            {value === "" || value === undefined || value === null ? <span className="q-unknown">{UNKNOWN}</span> : value}
          </DescriptionListDescription>
        </DescriptionListGroup>
      ))}
    </DescriptionList>
  );
}
