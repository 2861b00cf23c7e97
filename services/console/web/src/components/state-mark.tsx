import CheckCircleIcon from "@patternfly/react-icons/dist/esm/icons/check-circle-icon";
import ExclamationCircleIcon from "@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon";
import ExclamationTriangleIcon from "@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon";
import InProgressIcon from "@patternfly/react-icons/dist/esm/icons/in-progress-icon";
import MinusCircleIcon from "@patternfly/react-icons/dist/esm/icons/minus-circle-icon";
import WrenchIcon from "@patternfly/react-icons/dist/esm/icons/wrench-icon";
import type { ReactElement } from "react";

import type { Shown, Tone } from "./state";

const icons: Record<Tone, ReactElement> = {
  good: <CheckCircleIcon />,
  busy: <InProgressIcon />,
  attention: <ExclamationTriangleIcon />,
  broken: <ExclamationCircleIcon />,
  off: <MinusCircleIcon />,
  maintenance: <WrenchIcon />,
};

/**
 * A state: icon, word and colour together. Plain elements: lists hold hundreds, and PatternFly's label brings two
 * hundred custom properties of its own that the browser works out for each.
 */
export function StateMark({ shown, title }: { shown: Shown; title?: string | undefined }) {
  return (
    <span title={title} className={`q-state q-state-${shown.tone}`}>
      {icons[shown.tone]}
      <span className="q-state-word">{shown.word}</span>
    </span>
  );
}
