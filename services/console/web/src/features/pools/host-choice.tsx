import { Checkbox } from "@patternfly/react-core";

import { useNodes } from "../../api/nodes";
import { Waiting } from "../../components/page";
import { Refused } from "../../components/refused";
import { nodePhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { hostTitle } from "../hosts/title";

interface HostChoiceProps {
  /** Names of nodes that are not offered. */
  without?: readonly string[];
  chosen: readonly string[];
  onChange(nodes: string[]): void;
}

/** Hosts of the site, to be chosen. */
export function HostChoice({ without = [], chosen, onChange }: HostChoiceProps) {
  const nodes = useNodes();
  if (nodes.error) return <Refused error={nodes.error} title="Hosts cannot be shown" />;
  if (!nodes.items) return <Waiting rows={2} label="Loading hosts" />;
  const offered = nodes.items.filter(({ name }) => !without.includes(name));
  if (offered.length === 0) return <p>There is no other host.</p>;
  return (
    <div role="group" aria-label="Hosts">
      {offered.map((node) => (
        <Checkbox
          key={node.name}
          id={`choose-${node.name}`}
          label={
            <>
              {hostTitle(node)} <StateMark shown={nodePhase(node.phase)} />
            </>
          }
          isChecked={chosen.includes(node.name)}
          onChange={(_event, on) => onChange(on ? [...chosen, node.name] : chosen.filter((each) => each !== node.name))}
        />
      ))}
    </div>
  );
}
