import { Alert, Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from "@patternfly/react-core";
import ExclamationCircleIcon from "@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon";

import { useReason } from "../api/reasons";
import { toRefusal, whatToDo, type Refusal } from "../api/refusal";
import { Copy } from "./copy";

function Why({ refusal }: { refusal: Refusal }) {
  const reason = useReason(refusal.reason);
  return (
    <>
      {refusal.fields.length > 0 && (
        <ul>
          {refusal.fields.map((each) => (
            <li key={each.field + each.description}>
              <code>{each.field}</code>: {each.description}
            </li>
          ))}
        </ul>
      )}
      {refusal.facts.length > 0 && (
        <dl className="q-facts">
          {refusal.facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name.replaceAll("_", " ")}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <p title={reason?.meaning}>{reason?.todo ?? whatToDo(refusal)}</p>
      <Copy text={refusal.reason} label="reason code" />
    </>
  );
}

/** A refusal inside a form or dialog. */
export function Refused({ error, title }: { error: unknown; title: string }) {
  if (!error) return null;
  const refusal = toRefusal(error);
  return (
    <Alert isInline variant="danger" title={`${title}: ${refusal.message}`} className="q-refused" role="alert">
      <Why refusal={refusal} />
    </Alert>
  );
}

/** A refusal in place of what could not be shown. */
export function NotShown({ error, title, retry }: { error: unknown; title: string; retry?: (() => void) | undefined }) {
  const refusal = toRefusal(error);
  return (
    <EmptyState headingLevel="h2" titleText={title} icon={ExclamationCircleIcon} status="danger">
      <EmptyStateBody>
        <p>{refusal.message}</p>
        <Why refusal={refusal} />
      </EmptyStateBody>
      {retry && (
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button variant="primary" onClick={retry}>
              Try again
            </Button>
          </EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}
