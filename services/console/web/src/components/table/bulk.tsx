import { Alert, AlertActionCloseButton, Button, Toolbar, ToolbarContent, ToolbarItem } from "@patternfly/react-core";
import { useState } from "react";

import { toRefusal } from "../../api/refusal";
import { useMay } from "../../api/session";
import { plural } from "../format";

export interface BulkVerb<T> {
  text: string;
  /** The permission that it takes. */
  needs: string;
  danger?: boolean;
  /** Whether it makes sense for a row; the others are passed over. */
  fits?(row: T): boolean;
  act(row: T): Promise<unknown>;
}

interface Outcome {
  done: number;
  passed: number;
  refused: ReadonlyArray<readonly [string, string]>;
}

interface BulkProps<T> {
  chosen: readonly T[];
  verbs: ReadonlyArray<BulkVerb<T>>;
  title(row: T): string;
  clear(): void;
}

/** So many calls are under way at once. */
const AT_ONCE = 6;

async function actOnAll<T>(verb: BulkVerb<T>, rows: readonly T[], title: (row: T) => string): Promise<Outcome> {
  const fitting = rows.filter((row) => verb.fits?.(row) ?? true);
  const refused: Array<readonly [string, string]> = [];
  const waiting = fitting.values();
  const hand = async () => {
    for (const row of waiting)
      await verb.act(row).catch((error: unknown) => refused.push([title(row), toRefusal(error).message]));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, hand));
  return { done: fitting.length - refused.length, passed: rows.length - fitting.length, refused };
}

/** What can be done with all chosen rows, and what came of it. */
export function BulkBar<T>({ chosen, verbs, title, clear }: BulkProps<T>) {
  const [asked, setAsked] = useState<BulkVerb<T>>();
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const may = useMay();
  const act = async (verb: BulkVerb<T>) => {
    setBusy(true);
    setOutcome(await actOnAll(verb, chosen, title));
    setBusy(false);
    setAsked(undefined);
    clear();
  };
  return (
    <>
      {outcome && <Told outcome={outcome} close={() => setOutcome(undefined)} />}
      {chosen.length > 0 && (
        <Toolbar className="q-bulk" inset={{ default: "insetNone" }}>
          <ToolbarContent>
            <ToolbarItem alignSelf="center">{chosen.length} selected</ToolbarItem>
            {verbs
              .filter(({ needs }) => may(needs))
              .map((verb) => (
                <ToolbarItem key={verb.text}>
                  <Button
                    variant="secondary"
                    size="sm"
                    isDanger={verb.danger ?? false}
                    isDisabled={busy}
                    onClick={() => (verb.danger ? setAsked(verb) : void act(verb))}
                  >
                    {verb.text}
                  </Button>
                </ToolbarItem>
              ))}
            <ToolbarItem>
              <Button variant="link" size="sm" onClick={clear}>
                Clear selection
              </Button>
            </ToolbarItem>
          </ToolbarContent>
        </Toolbar>
      )}
      {asked && chosen.length > 0 && (
        <Alert isInline variant="warning" title={`${asked.text}: ${chosen.map(title).slice(0, 12).join(", ")}${chosen.length > 12 ? ` and ${chosen.length - 12} more` : ""}?`}>
          <Button variant="danger" size="sm" isLoading={busy} onClick={() => void act(asked)}>
            {asked.text} {chosen.length}
          </Button>{" "}
          <Button variant="link" size="sm" onClick={() => setAsked(undefined)}>
            Keep them
          </Button>
        </Alert>
      )}
    </>
  );
}

function Told({ outcome, close }: { outcome: Outcome; close(): void }) {
  const { done, passed, refused } = outcome;
  const left = passed > 0 ? `, ${passed} passed over` : "";
  return (
    <Alert
      isInline
      variant={refused.length > 0 ? "danger" : "success"}
      title={`${done} done${left}${refused.length > 0 ? `, ${plural(refused.length, "refusal")}` : ""}`}
      actionClose={<AlertActionCloseButton onClose={close} />}
    >
      {refused.map(([name, why]) => (
        <div key={name}>
          {name}: {why}
        </div>
      ))}
    </Alert>
  );
}
