import { Alert } from "@patternfly/react-core";
import { Link } from "react-router";

import { idOf, plural } from "../../components/format";
import type { Drain } from "../../gen/quantix/node/v1/node_pb";

/** That a host is being emptied, and what keeps it from being empty. */
export function Draining({ drain }: { drain: Drain }) {
  const more = drain.blockerCount - drain.blockers.length;
  return (
    <Alert
      isInline
      variant="info"
      title={drain.blockerCount === 0 ? "It is being emptied" : `It is being emptied; ${plural(drain.blockerCount, "machine")} must go first`}
    >
      <ul>
        {drain.blockers.map(({ virtualMachine, message, reason }) => (
          <li key={virtualMachine} title={reason}>
            <Link to={`/${virtualMachine}`}>{idOf(virtualMachine)}</Link>: {message}
          </li>
        ))}
        {more > 0 && <li>and {more} more</li>}
      </ul>
      <Link to="/operations">See the operation</Link>
    </Alert>
  );
}
