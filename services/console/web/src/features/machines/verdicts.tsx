import { Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";

import { ProgressBar } from "../../components/bar";
import { idOf, span, words } from "../../components/format";
import { StateMark } from "../../components/state-mark";
import type { PlacementPlan } from "../../gen/quantix/cluster/v1/placement_pb";

const PARTS: Readonly<Record<string, string>> = { cpu: "CPU free", memory: "Memory free" };

/** A row a host: fits or why not, the parts of its score, the choice marked. */
export function Verdicts({ plan }: { plan: PlacementPlan }) {
  return (
    <>
      {plan.stale && <p className="q-as-of">What is known of the hosts is {span(plan.projectionAgeSeconds)} old.</p>}
      {!plan.node && <p>No host can take it now{plan.verdicts.length === 0 ? ": the cluster has no hosts" : ""}.</p>}
      {plan.verdicts.length > 0 && (
        <Table aria-label="Placement" variant="compact">
          <Thead>
            <Tr>
              <Th>Host</Th>
              <Th>Verdict</Th>
              <Th>Why</Th>
            </Tr>
          </Thead>
          <Tbody>
            {plan.verdicts.map((each) => (
              <Tr key={each.node}>
                <Td dataLabel="Host">
                  {idOf(each.node)} {each.node === plan.node && <Label isCompact color="blue">Chosen</Label>}
                </Td>
                <Td dataLabel="Verdict">
                  <StateMark shown={each.fits ? { tone: "good", word: "Fits" } : { tone: "broken", word: "Does not fit" }} />
                </Td>
                <Td dataLabel="Why">
                  {each.obstacles.map(({ reason, message }) => (
                    <div key={reason} title={reason}>
                      {message || words(reason)}
                    </div>
                  ))}
                  {Object.entries(each.scoreParts).map(([part, score]) => (
                    <div key={part} className="q-score">
                      <span>{PARTS[part] ?? words(part)}</span>
                      <ProgressBar percent={Math.min(100, Math.abs(score) * 100)} label={PARTS[part] ?? words(part)} />
                      <span>{score.toFixed(2)}</span>
                    </div>
                  ))}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </>
  );
}
