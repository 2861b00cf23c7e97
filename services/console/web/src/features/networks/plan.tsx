import { Alert, Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";

import { PlannedRow_Change, type NetworkPlan } from "../../gen/quantix/network/v1/network_pb";

const CHANGES: Record<number, readonly [text: string, color: "green" | "blue" | "red"]> = {
  [PlannedRow_Change.CREATE]: ["Create", "green"],
  [PlannedRow_Change.UPDATE]: ["Change", "blue"],
  [PlannedRow_Change.DELETE]: ["Delete", "red"],
};

/** The server's dry run: a sentence, then what will be made, then what to watch out for. */
export function Plan({ plan }: { plan: NetworkPlan }) {
  return (
    <section aria-label="Plan">
      <p className="q-summary">{plan.summary}</p>
      {plan.warnings.map((each) => (
        <Alert key={each} isInline isPlain variant="warning" title={each} />
      ))}
      <Table aria-label="What will be made" variant="compact" className="q-plan">
        <Thead>
          <Tr>
            <Th>Change</Th>
            <Th>What</Th>
            <Th>With</Th>
          </Tr>
        </Thead>
        <Tbody>
          {plan.rows.map(({ change, table, key, columns }) => (
            <Tr key={`${table}/${key}`}>
              <Td dataLabel="Change">
                <Label isCompact color={CHANGES[change]?.[1] ?? "grey"}>{CHANGES[change]?.[0] ?? String(change)}</Label>
              </Td>
              <Td dataLabel="What">
                {table.replaceAll("_", " ").toLowerCase()} <code>{key}</code>
              </Td>
              <Td dataLabel="With">
                {Object.entries(columns).map(([column, value]) => (
                  <div key={column}>
                    {column}: <code>{value}</code>
                  </div>
                ))}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </section>
  );
}
