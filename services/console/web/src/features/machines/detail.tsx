import { Alert, Button } from "@patternfly/react-core";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { useMachines, useMachinePlacement, useMachineVerb, useSerialLog } from "../../api/machines";
import { Copy } from "../../components/copy";
import { Empty } from "../../components/empty";
import { EventLines } from "../../components/event-lines";
import { Facts } from "../../components/facts";
import { bytes, idOf, percent, titleOf, UNKNOWN } from "../../components/format";
import { Page, Waiting } from "../../components/page";
import { NotShown, Refused } from "../../components/refused";
import { machineState } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { UrlTabs } from "../../components/tabs";
import { AsOf, When } from "../../components/time";
import { Allowed, Verbs } from "../../components/verbs";
import type { VirtualMachine } from "../../gen/quantix/vm/v1/virtual_machine_pb";
import { DeleteMachine } from "./delete-machine";
import { Verdicts } from "./verdicts";
import { machineVerbs } from "./verbs";

const CRUMBS = [{ text: "Virtual machines", to: "/vms" }];

export default function MachinePage() {
  const { id = "" } = useParams();
  const machines = useMachines();
  const verb = useMachineVerb();
  const [deleting, setDeleting] = useState(false);
  const go = useNavigate();
  const machine = machines.byName?.get(`vms/${id}`);
  if (!machine)
    return (
      <Page title={id} crumbs={CRUMBS}>
        {machines.error ? <NotShown error={machines.error} title="The machine cannot be shown" retry={machines.retry} /> : null}
        {!machines.items && !machines.error && <Waiting label="Loading the machine" />}
        {machines.items && <Empty title="No such machine">It may have been deleted.</Empty>}
      </Page>
    );
  const verbs = machineVerbs(machine, (name) => verb.mutate({ verb: name, machine }), () => setDeleting(true));
  const [start] = verbs;
  return (
    <Page
      title={titleOf(machine)}
      crumbs={CRUMBS}
      state={
        <>
          <StateMark shown={machineState(machine.state)} /> <AsOf time={machine.observeTime} stale={machine.stale} />
        </>
      }
      description={machine.description}
      actions={
        <>
          {start && start.not === undefined && (
            <Allowed needs={start.needs}>
              <Button onClick={start.act}>Start</Button>
            </Allowed>
          )}
          <Verbs label="Verbs of the machine" verbs={verbs} />
        </>
      }
    >
      <Refused error={verb.error} title="Not done" />
      {machine.lastError && (
        <Alert isInline variant="danger" title={machine.lastError.message}>
          <Copy text={machine.lastError.reason} label="reason code" />
        </Alert>
      )}
      <UrlTabs
        label="Parts of the machine"
        pages={[
          { id: "summary", title: "Summary", content: () => <Summary machine={machine} /> },
          { id: "serial", title: "Serial output", content: () => <Serial machine={machine} /> },
          { id: "placement", title: "Placement", content: () => <Placement machine={machine} /> },
          { id: "events", title: "Events", content: () => <EventLines filter={{ subject: machine.name }} /> },
        ]}
      />
      {deleting && <DeleteMachine machine={machine} onClose={() => setDeleting(false)} onDone={() => void go("/vms")} />}
    </Page>
  );
}

function Summary({ machine }: { machine: VirtualMachine }) {
  return (
    <div className={machine.stale ? "q-stale" : undefined}>
      <Facts
        items={[
          ["State", machine.stateMessage || machineState(machine.state).word],
          ["Since", <When key="since" time={machine.stateTime} />],
          ["Cluster", <Link key="cluster" to={`/${machine.cluster}`}>{idOf(machine.cluster)}</Link>],
          ["Host", machine.node && <Link to={`/hosts/${idOf(machine.node)}`}>{idOf(machine.node)}</Link>],
          ["vCPUs", machine.vcpuCount ?? 1],
          ["Memory", bytes(machine.memoryBytes)],
          ["CPU use", percent(machine.usage?.cpuPercent)],
          ["Memory use", bytes(machine.usage?.memoryUsedBytes)],
          ["Addresses", machine.addresses.join(", ")],
          ["Created", <When key="created" time={machine.createTime} />],
          ["Uid", <Copy key="uid" text={machine.uid} label="uid" shorten={13} />],
          ["Protected", machine.deleteProtection ? "Yes" : "No"],
          ...machine.disks.map(
            ({ diskId, image, sizeBytes }, index) =>
              [`Disk ${diskId || index}`, `${sizeBytes ? bytes(sizeBytes) : "as large as its image"}${image ? ` from ${idOf(image)}` : ""}`] as const,
          ),
          ...machine.nics.map(
            ({ network, effectiveMac, addresses }, index) =>
              [`Card ${index + 1}`, `${idOf(network)} · ${effectiveMac || UNKNOWN} · ${addresses.join(", ") || UNKNOWN}`] as const,
          ),
        ]}
      />
    </div>
  );
}

function Serial({ machine }: { machine: VirtualMachine }) {
  const log = useSerialLog(machine.name);
  if (log.error) return <NotShown error={log.error} title="Serial output cannot be shown" retry={() => void log.refetch()} />;
  if (!log.data) return <Waiting label="Loading serial output" />;
  return (
    <>
      <div className="q-line">
        <span className="q-quiet">
          The last {bytes(log.data.text.length)} of {bytes(log.data.sizeBytes)}
        </span>
        <Button variant="secondary" size="sm" isLoading={log.isFetching} onClick={() => void log.refetch()}>
          Read again
        </Button>
      </div>
      <pre className="q-serial" tabIndex={0} aria-label="Serial output">
        {log.data.text || "The machine has written nothing yet."}
      </pre>
    </>
  );
}

function Placement({ machine }: { machine: VirtualMachine }) {
  const plan = useMachinePlacement(machine.name, true);
  if (plan.error) return <NotShown error={plan.error} title="Why it runs there cannot be shown" retry={() => void plan.refetch()} />;
  return plan.data ? <Verdicts plan={plan.data} /> : <Waiting label="Loading the placement" />;
}
