import { Button, FormSelect, FormSelectOption, ToolbarItem } from "@patternfly/react-core";
import ServerIcon from "@patternfly/react-icons/dist/esm/icons/server-icon";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";

import { useNodes, useNodeVerb } from "../../api/nodes";
import { Empty } from "../../components/empty";
import { Page } from "../../components/page";
import { Refused } from "../../components/refused";
import { nodePhase } from "../../components/state";
import { DataTable } from "../../components/table/data-table";
import { Allowed } from "../../components/verbs";
import type { Node } from "../../gen/quantix/node/v1/node_pb";
import { HOST_COLUMNS, nameOf } from "./columns";
import { JoinTokenDialog } from "./join-token";
import { RemoveHost } from "./remove-host";
import { hostTitle } from "./title";
import { BULK_VERBS, hostVerbs } from "./verbs";

const isStale = ({ stale }: Node) => stale;

export default function HostList() {
  const nodes = useNodes();
  const [params, setParams] = useSearchParams();
  const [joining, setJoining] = useState(false);
  const [leaving, setLeaving] = useState<Node>();
  const verb = useNodeVerb();
  const phase = params.get("phase") ?? "";
  const phases = [...new Set(nodes.items?.map((each) => nodePhase(each.phase).word))].sort();
  const rows = useMemo(
    () => (phase ? nodes.items?.filter((each) => nodePhase(each.phase).word === phase) : nodes.items),
    [nodes.items, phase],
  );
  const choose = (value: string) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (value) next.set("phase", value);
        else next.delete("phase");
        return next;
      },
      { replace: true },
    );
  const join = (
    <Allowed needs="joinToken.create">
      <Button onClick={() => setJoining(true)}>Add host</Button>
    </Allowed>
  );
  return (
    <Page title="Hosts" actions={join}>
      <Refused error={verb.error} title="Not done" />
      <DataTable
        label="Hosts"
        rows={rows}
        rowKey={nameOf}
        columns={HOST_COLUMNS}
        error={nodes.error}
        retry={nodes.retry}
        dim={isStale}
        title={hostTitle}
        verbs={(row) => hostVerbs(row, (name) => verb.mutate({ verb: name, name: row.name }), () => setLeaving(row))}
        bulk={BULK_VERBS}
        filters={
          <ToolbarItem>
            <FormSelect aria-label="Phase" value={phase} onChange={(_event, value) => choose(value)}>
              <FormSelectOption value="" label="All phases" />
              {phases.map((each) => (
                <FormSelectOption key={each} value={each} label={each} />
              ))}
            </FormSelect>
          </ToolbarItem>
        }
        empty={
          phase ? (
            <p className="q-none">No host is {phase.toLowerCase()}.</p>
          ) : (
            <Empty title="No host has joined yet" icon={ServerIcon} action={join}>
              A host joins with a token: make one, then run one command on the host.
            </Empty>
          )
        }
      />
      {joining && <JoinTokenDialog onClose={() => setJoining(false)} />}
      {leaving && <RemoveHost node={leaving} onClose={() => setLeaving(undefined)} />}
    </Page>
  );
}
