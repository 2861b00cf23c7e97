import { Form, Radio } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate } from "react-router";

import { useCreateNetwork, useNetworkPlan } from "../../api/networks";
import { fieldProblems } from "../../api/refusal";
import { Facts } from "../../components/facts";
import { TextField } from "../../components/field";
import { ID_RULE, isId } from "../../components/format";
import { Waiting } from "../../components/page";
import { Refused } from "../../components/refused";
import { WizardPage } from "../../components/wizard-page";
import { Configuration } from "./configuration";
import { Plan } from "./plan";
import { TYPES, typeWord } from "./types";
import { dhcpRangeOf, gatewayOf, idOfWish, isSwitched, NOTHING, problemsOf, toRequest, type Wish } from "./wish";

const ASKED = new Set(["configuration", "review"]);

export default function CreateNetwork() {
  const [wish, setWish] = useState(NOTHING);
  const [step, setStep] = useState("type");
  const set = (change: Partial<Wish>) => setWish((old) => ({ ...old, ...change }));
  const request = toRequest(wish);
  const id = idOfWish(wish);
  const own = problemsOf(wish);
  const plan = useNetworkPlan(request, ASKED.has(step) && Object.keys(own).length === 0);
  const create = useCreateNetwork();
  const go = useNavigate();
  const problems = Object.keys(own).length > 0 ? own : fieldProblems(plan.error, "network.");
  const [wrong] = Object.values(problems);
  const review = plan.isPending ? "Asking the site…" : plan.isError ? "The site refuses it as it is." : undefined;
  return (
    <WizardPage
      title="Create network"
      crumb={{ text: "Networks", to: "/networks" }}
      verb="Create network"
      busy={create.isPending}
      touched={wish !== NOTHING}
      onStep={setStep}
      onCreate={() => create.mutate(request, { onSuccess: ({ name }) => void go(`/${name}`) })}
      steps={[
        { id: "type", name: "Type", content: <TypeChoice chosen={wish.type} onChange={(type) => set({ type })} /> },
        {
          id: "name",
          name: "Name",
          not: id === "" ? "Give it a name." : isId(id) ? undefined : "The id is not valid.",
          content: (
            <Form onSubmit={(event) => event.preventDefault()}>
              <TextField id="name" label="Name" required value={wish.displayName} onChange={(displayName) => set({ displayName })} help="For people; may be changed later." />
              <TextField id="id" label="Id" required value={id} onChange={(value) => set({ id: value })} help={ID_RULE} problem={id && !isId(id) ? ID_RULE : undefined} />
              <TextField id="description" label="Description" value={wish.description} onChange={(description) => set({ description })} />
            </Form>
          ),
        },
        {
          id: "configuration",
          name: "Configuration",
          not: wrong,
          content: (
            <>
              <Configuration wish={wish} set={set} problems={problems} />
              {!wrong && <Refused error={plan.error} title="Not as it is" />}
            </>
          ),
        },
        {
          id: "review",
          name: "Review",
          not: review,
          content: (
            <>
              <Review wish={wish} />
              {plan.isPending && <Waiting rows={3} label="Asking the site for its plan" />}
              <Refused error={plan.error} title="Not as it is" />
              {plan.data?.plan && <Plan plan={plan.data.plan} />}
              <Refused error={create.error} title="Not created" />
            </>
          ),
        },
      ]}
    />
  );
}

function TypeChoice({ chosen, onChange }: { chosen: Wish["type"]; onChange(type: Wish["type"]): void }) {
  return (
    <div role="radiogroup" aria-label="Type" className="q-choices">
      {TYPES.map(([type, word, why]) => (
        <Radio key={type} id={`type-${type}`} name="type" label={word} description={why} isChecked={type === chosen} onChange={() => onChange(type)} />
      ))}
    </div>
  );
}

function Review({ wish }: { wish: Wish }) {
  return (
    <Facts
      items={[
        ["Name", wish.displayName || idOfWish(wish)],
        ["Id", idOfWish(wish)],
        ["Type", typeWord(wish.type)],
        ...(isSwitched(wish) ? ([["Switch", wish.switchName]] as const) : []),
        ["Range", wish.cidr],
        ["Gateway", wish.cidr ? gatewayOf(wish) || "None" : ""],
        ["DHCP", wish.cidr ? (wish.dhcp ? dhcpRangeOf(wish) || "All addresses" : "Off") : ""],
        ["Name servers", wish.dns],
      ]}
    />
  );
}
