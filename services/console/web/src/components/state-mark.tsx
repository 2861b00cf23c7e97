import { Label } from "@patternfly/react-core";
import CheckCircleIcon from "@patternfly/react-icons/dist/esm/icons/check-circle-icon";
import ExclamationCircleIcon from "@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon";
import ExclamationTriangleIcon from "@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon";
import InProgressIcon from "@patternfly/react-icons/dist/esm/icons/in-progress-icon";
import MinusCircleIcon from "@patternfly/react-icons/dist/esm/icons/minus-circle-icon";
import WrenchIcon from "@patternfly/react-icons/dist/esm/icons/wrench-icon";
import type { ReactElement } from "react";

import type { Shown, Tone } from "./state";

const looks: Record<Tone, { color: "green" | "blue" | "orange" | "red" | "grey" | "purple"; icon: ReactElement }> = {
  good: { color: "green", icon: <CheckCircleIcon /> },
  busy: { color: "blue", icon: <InProgressIcon /> },
  attention: { color: "orange", icon: <ExclamationTriangleIcon /> },
  broken: { color: "red", icon: <ExclamationCircleIcon /> },
  off: { color: "grey", icon: <MinusCircleIcon /> },
  maintenance: { color: "purple", icon: <WrenchIcon /> },
};

/** A state: icon, word and colour together. */
export function StateMark({ shown, title }: { shown: Shown; title?: string | undefined }) {
  const look = looks[shown.tone];
  return (
    <Label isCompact variant="outline" color={look.color} icon={look.icon} title={title} className={`q-state q-state-${shown.tone}`}>
      {shown.word}
    </Label>
  );
}
