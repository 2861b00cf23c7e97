import { Alert, Form, Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useState } from "react";
import { useNavigate } from "react-router";

import { useCreateNetwork, useNetworkPlan, type NewNetwork } from "../../api/networks";
import { Facts } from "../../components/facts";
import { ChoiceField, NumberField, SwitchField, TextField } from "../../components/field";
import { ID_RULE, isId, toId } from "../../components/format";
import { Waiting } from "../../components/page";
import { Refused } from "../../components/refused";
import { WizardPage } from "../../components/wizard-page";
import { Network_Type as Type, PlannedRow_Change, type NetworkPlan } from "../../gen/quantix/network/v1/network_pb";
import { TYPES, typeWord } from "./types";

const CIDR = /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/;
const list = (text: string) => text.split(/[\s,]+/).filter(Boolean);

interface Wish {
  displayName: string;
  id: string | undefined;
  description: string;
  type: Type;
  vlan: number;
  switchName: string;
  cidr: string;
  gateway: string;
  mtu: string;
  dhcp: boolean;
  dns: string;
  domain: string;
  reserved: string;
}

const NOTHING: Wish = {
  displayName: "",
  id: undefined,
  description: "",
  type: Type.OVERLAY,
  vlan: 1,
  switchName: "",
  cidr: "",
  gateway: "",
  mtu: "",
  dhcp: true,
  dns: "",
  domain: "",
  reserved: "",
};

function toRequest(wish: Wish): NewNetwork {
  const tagged = wish.type === Type.VLAN;
  return {
    networkId: wish.id ?? toId(wish.displayName),
    network: {
      ...(wish.displayName ? { displayName: wish.displayName } : {}),
      description: wish.description,
      type: wish.type,
      ...(tagged ? { vlanId: wish.vlan } : {}),
      ...(tagged || wish.type === Type.EXTERNAL ? { switch: wish.switchName } : {}),
      ...(wish.cidr ? { ipv4: { cidr: wish.cidr, gateway: wish.gateway } } : {}),
      ...(wish.cidr ? { dhcp: { enabled: wish.dhcp, dnsServers: list(wish.dns), domain: wish.domain } } : {}),
      ...(wish.mtu ? { mtu: Number(wish.mtu) } : {}),
      reserved: list(wish.reserved),
    },
  };
}

export default function CreateNetwork() {
  const [wish, setWish] = useState(NOTHING);
  const [step, setStep] = useState("basics");
  const set = (change: Partial<Wish>) => setWish((old) => ({ ...old, ...change }));
  const request = toRequest(wish);
  const id = request.networkId ?? "";
  const plan = useNetworkPlan(request, step === "review");
  const create = useCreateNetwork();
  const go = useNavigate();
  const switched = wish.type === Type.VLAN || wish.type === Type.EXTERNAL;
  const badCidr = wish.cidr && !CIDR.test(wish.cidr) ? "A range such as 10.20.0.0/24." : undefined;
  const badMtu = wish.mtu && !/^\d+$/.test(wish.mtu) ? "A number from 576 to 9,000." : undefined;
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
        {
          id: "basics",
          name: "Basics",
          not: id === "" ? "Give it a name." : isId(id) ? undefined : "The id is not valid.",
          content: (
            <Form onSubmit={(event) => event.preventDefault()}>
              <TextField id="name" label="Name" required value={wish.displayName} onChange={(displayName) => set({ displayName })} />
              <TextField id="id" label="Id" required value={id} onChange={(value) => set({ id: value })} help={ID_RULE} problem={id && !isId(id) ? ID_RULE : undefined} />
              <TextField id="description" label="Description" value={wish.description} onChange={(description) => set({ description })} />
              <ChoiceField id="type" label="Type" value={wish.type} options={TYPES} onChange={(type) => set({ type: Number(type) })} />
              {wish.type === Type.VLAN && <NumberField id="vlan" label="VLAN id" least={1} most={4094} value={wish.vlan} onChange={(vlan) => set({ vlan })} />}
              {switched && <TextField id="switch" label="Distributed switch" value={wish.switchName} onChange={(switchName) => set({ switchName })} />}
            </Form>
          ),
        },
        {
          id: "range",
          name: "Address range",
          not: badCidr ?? badMtu,
          content: (
            <Form onSubmit={(event) => event.preventDefault()}>
              <TextField id="cidr" label="IPv4 range" value={wish.cidr} onChange={(cidr) => set({ cidr })} problem={badCidr} help="Such as 10.20.0.0/24; empty: machines bring their own addresses." />
              <TextField id="gateway" label="Gateway" value={wish.gateway} onChange={(gateway) => set({ gateway })} help="Empty: the first address; “none”: no gateway." />
              <TextField id="reserved" label="Never given" value={wish.reserved} onChange={(reserved) => set({ reserved })} help="Addresses or first-last ranges, separated by commas." />
              <TextField id="mtu" label="MTU" value={wish.mtu} onChange={(mtu) => set({ mtu })} problem={badMtu} help="Bytes; empty: what the underlay leaves." />
            </Form>
          ),
        },
        {
          id: "dhcp",
          name: "DHCP and names",
          content: wish.cidr ? (
            <Form onSubmit={(event) => event.preventDefault()}>
              <SwitchField id="dhcp" label="Tell guests their addresses by DHCP" value={wish.dhcp} onChange={(dhcp) => set({ dhcp })} />
              <TextField id="dns" label="Name servers" value={wish.dns} onChange={(dns) => set({ dns })} help="Addresses, separated by commas." />
              <TextField id="domain" label="Domain" value={wish.domain} onChange={(domain) => set({ domain })} />
            </Form>
          ) : (
            <p>Without a range there is nothing to tell guests.</p>
          ),
        },
        {
          id: "review",
          name: "Review",
          not: review,
          content: (
            <>
              <Facts
                items={[
                  ["Name", wish.displayName || id],
                  ["Id", id],
                  ["Type", typeWord(wish.type)],
                  ["Range", wish.cidr],
                  ["DHCP", wish.cidr ? (wish.dhcp ? "On" : "Off") : ""],
                ]}
              />
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

const CHANGES: Record<number, readonly [text: string, color: "green" | "blue" | "red"]> = {
  [PlannedRow_Change.CREATE]: ["Create", "green"],
  [PlannedRow_Change.UPDATE]: ["Change", "blue"],
  [PlannedRow_Change.DELETE]: ["Delete", "red"],
};

/** The server's dry run: a sentence, then what will be made, then what to watch out for. */
function Plan({ plan }: { plan: NetworkPlan }) {
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
