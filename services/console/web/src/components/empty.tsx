import { EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from "@patternfly/react-core";
import type { ComponentType, ReactNode } from "react";

/** Says what would be here and offers the first step. */
export function Empty({ title, icon, children, action }: { title: string; icon?: ComponentType; children: ReactNode; action?: ReactNode }) {
  return (
    <EmptyState headingLevel="h2" titleText={title} {...(icon ? { icon } : {})}>
      <EmptyStateBody>{children}</EmptyStateBody>
      {action && (
        <EmptyStateFooter>
          <EmptyStateActions>{action}</EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}
