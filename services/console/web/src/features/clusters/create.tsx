import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate } from "react-router";

import { useClusterPlan, useCreateCluster, type NewCluster } from "../../api/clusters";
import { useFreeNodes } from "../../api/nodes";
import { Facts } from "../../components/facts";
import { TextField } from "../../components/field";
import { idOf, ID_RULE, isId, plural, toId } from "../../components/format";
import { Waiting } from "../../components/page";
import { NotShown, Refused } from "../../components/refused";
import { nodePhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { WizardPage } from "../../components/wizard-page";
import { hostTitle } from "../hosts/title";
import { ADMISSION, DEFAULTS, isWhole, messageOf, MODES } from "./policy";
import { DrsFields, HaFields } from "./policy-fields";

const NUMBERS = "Give every number.";

export default function CreateCluster() {
  const [displayName, setDisplayName] = useState("");
  const [typedId, setId] = useState<string>();
  const [description, setDescription] = useState("");
  const [hosts, setHosts] = useState<readonly string[]>([]);
  const [policy, setPolicy] = useState(DEFAULTS);
  const [step, setStep] = useState("basics");
  const id = typedId ?? toId(displayName);
  const request: NewCluster = {
    clusterId: id,
    cluster: { ...(displayName ? { displayName } : {}), description, ...messageOf(policy) },
    initialNodes: [...hosts],
  };
  const plan = useClusterPlan(request, step === "summary");
  const create = useCreateCluster();
  const go = useNavigate();
  const basics = id === "" ? "Give it a name." : isId(id) ? undefined : "The id is not valid.";
  const numbers = isWhole(policy) ? undefined : NUMBERS;
  const review = plan.isPending ? "Asking the site…" : plan.isError ? "The site refuses it as it is." : undefined;
  return (
    <WizardPage
      title="Create cluster"
      crumb={{ text: "Clusters", to: "/clusters" }}
      verb="Create cluster"
      busy={create.isPending}
      touched={displayName !== "" || hosts.length > 0}
      onStep={setStep}
      onCreate={() => create.mutate(request, { onSuccess: ({ name }) => void go(`/${name}`) })}
      steps={[
        {
          id: "basics",
          name: "Basics",
          not: basics,
          content: (
            <Form onSubmit={(event) => event.preventDefault()}>
              <TextField id="name" label="Name" required value={displayName} onChange={setDisplayName} help="For people; may be changed later." />
              <TextField id="id" label="Id" required value={id} onChange={setId} help={ID_RULE} problem={id && !isId(id) ? ID_RULE : undefined} />
              <TextField id="description" label="Description" value={description} onChange={setDescription} />
            </Form>
          ),
        },
        { id: "hosts", name: "Hosts", content: <HostChoice chosen={hosts} onChange={setHosts} /> },
        { id: "ha", name: "High availability", not: numbers, content: <Form><HaFields policy={policy} onChange={setPolicy} /></Form> },
        { id: "drs", name: "Balancing", not: numbers, content: <Form><DrsFields policy={policy} onChange={setPolicy} /></Form> },
        {
          id: "summary",
          name: "Summary",
          not: review,
          content: (
            <>
              <Facts
                items={[
                  ["Name", displayName || id],
                  ["Id", id],
                  ["Hosts", hosts.length > 0 ? hosts.map(idOf).join(", ") : "None yet"],
                  ["High availability", policy.ha.enabled ? `On, ${ADMISSION.find(([each]) => each === policy.admission.policy)?.[1].toLowerCase()}` : "Off"],
                  ["Balancing", policy.drs.enabled ? MODES.find(([each]) => each === policy.drs.mode)?.[1] : "Off"],
                ]}
              />
              {plan.isPending && <Waiting rows={2} label="Asking the site" />}
              {plan.isSuccess && <p>The site checked this: the cluster will be made with {plural(hosts.length, "host")}.</p>}
              <Refused error={plan.error} title="Not as it is" />
              <Refused error={create.error} title="Not created" />
            </>
          ),
        },
      ]}
    />
  );
}

function HostChoice({ chosen, onChange }: { chosen: readonly string[]; onChange(hosts: readonly string[]): void }) {
  const free = useFreeNodes();
  if (free.error) return <NotShown error={free.error} title="Free hosts cannot be shown" retry={free.retry} />;
  if (!free.items) return <Waiting rows={3} label="Loading free hosts" />;
  if (free.items.length === 0) return <p>No host is free. A cluster can be made without hosts; add them when they have joined.</p>;
  return (
    <div role="group" aria-label="Free hosts">
      {free.items.map((node) => (
        <Checkbox
          key={node.name}
          id={node.name}
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
