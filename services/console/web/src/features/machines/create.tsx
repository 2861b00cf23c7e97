import { Checkbox, Form, FormGroup, TextArea } from "@patternfly/react-core";
import { useState } from "react";
import { useNavigate } from "react-router";

import { useClusters } from "../../api/clusters";
import { useImages } from "../../api/images";
import { useCreateMachine, useMachineCheck, usePlacementPlan, type NewMachine } from "../../api/machines";
import { useNetworks } from "../../api/networks";
import { Facts } from "../../components/facts";
import { ChoiceField, NumberField, SwitchField, TextField } from "../../components/field";
import { bytes, idOf, ID_RULE, isId, parseBytes, titleOf, toId } from "../../components/format";
import { Waiting } from "../../components/page";
import { Refused } from "../../components/refused";
import { WizardPage } from "../../components/wizard-page";
import { Image_State } from "../../gen/quantix/image/v1/image_pb";
import { Verdicts } from "./verdicts";

const LEAST_MEMORY = 128n << 20n;

interface Wish {
  displayName: string;
  id: string | undefined;
  cluster: string;
  vcpus: number;
  memory: string;
  image: string;
  disk: string;
  nets: readonly string[];
  keys: string;
  userData: string;
  start: boolean;
}

const NOTHING: Wish = {
  displayName: "",
  id: undefined,
  cluster: "",
  vcpus: 1,
  memory: "1 GiB",
  image: "",
  disk: "",
  nets: [],
  keys: "",
  userData: "",
  start: true,
};

function toRequest(wish: Wish): NewMachine {
  const disk = parseBytes(wish.disk);
  const keys = wish.keys.split("\n").map((each) => each.trim()).filter(Boolean);
  const disks = wish.image || disk ? [{ image: wish.image, ...(disk ? { sizeBytes: disk } : {}) }] : [];
  return {
    virtualMachineId: wish.id ?? toId(wish.displayName),
    startOnCreate: wish.start,
    virtualMachine: {
      ...(wish.displayName ? { displayName: wish.displayName } : {}),
      cluster: wish.cluster,
      vcpuCount: wish.vcpus,
      memoryBytes: parseBytes(wish.memory) ?? 0n,
      disks,
      nics: wish.nets.map((network) => ({ network })),
      ...(keys.length > 0 || wish.userData ? { cloudInit: { sshAuthorizedKeys: keys, userData: wish.userData } } : {}),
    },
  };
}

export default function CreateMachine() {
  const [wish, setWish] = useState(NOTHING);
  const [step, setStep] = useState("basics");
  const clusters = useClusters();
  const images = useImages();
  const networks = useNetworks();
  const go = useNavigate();
  const set = (change: Partial<Wish>) => setWish((old) => ({ ...old, ...change }));
  const cluster = wish.cluster || (clusters.items?.length === 1 ? clusters.items[0]!.name : "");
  const request = toRequest({ ...wish, cluster });
  const id = request.virtualMachineId ?? "";
  const memory = parseBytes(wish.memory);
  const plan = usePlacementPlan(request, step === "placement" || step === "review");
  const check = useMachineCheck(request, step === "review");
  const create = useCreateMachine();
  const badMemory = memory === undefined || memory < LEAST_MEMORY ? "A size of 128 MiB or more, such as 2 GiB." : undefined;
  const badDisk = wish.disk && parseBytes(wish.disk) === undefined ? "A size such as 20 GiB." : undefined;
  const ready = images.items?.filter(({ state }) => state === Image_State.READY) ?? [];
  const noCluster = clusters.items?.length === 0 ? "Create a cluster first: machines run in clusters." : undefined;
  const basics = !id ? "Give it a name." : !isId(id) ? "The id is not valid." : !cluster ? (noCluster ?? "Choose a cluster.") : undefined;
  const review = check.isPending ? "Asking the site…" : check.isError ? "The site refuses it as it is." : undefined;
  return (
    <WizardPage
      title="Create machine"
      crumb={{ text: "Virtual machines", to: "/vms" }}
      verb="Create machine"
      busy={create.isPending}
      touched={wish !== NOTHING}
      onStep={setStep}
      onCreate={() => create.mutate(request, { onSuccess: () => void go(`/vms/${id}`) })}
      steps={[
        {
          id: "basics",
          name: "Basics",
          not: basics,
          content: (
            <Form onSubmit={(event) => event.preventDefault()}>
              <TextField id="name" label="Name" required value={wish.displayName} onChange={(displayName) => set({ displayName })} />
              <TextField id="id" label="Id" required value={id} onChange={(value) => set({ id: value })} help={ID_RULE} problem={id && !isId(id) ? ID_RULE : undefined} />
              <ChoiceField
                id="cluster"
                label="Cluster"
                value={cluster}
                help={noCluster}
                options={[["", "Choose…"], ...(clusters.items ?? []).map((each) => [each.name, titleOf(each)] as const)]}
                onChange={(value) => set({ cluster: value })}
              />
            </Form>
          ),
        },
        {
          id: "hardware",
          name: "Hardware",
          not: badMemory ?? badDisk ?? (Number.isNaN(wish.vcpus) ? "Give the number of vCPUs." : undefined),
          content: (
            <Form onSubmit={(event) => event.preventDefault()}>
              <NumberField id="vcpus" label="vCPUs" least={1} most={512} value={wish.vcpus} onChange={(vcpus) => set({ vcpus })} />
              <TextField id="memory" label="Memory" value={wish.memory} onChange={(value) => set({ memory: value })} problem={badMemory} help="Such as 2 GiB." />
              <ChoiceField
                id="image"
                label="Begins from image"
                value={wish.image}
                options={[["", "None: an empty disk"], ...ready.map((each) => [each.name, `${titleOf(each)} (${bytes(each.virtualSizeBytes)})`] as const)]}
                onChange={(image) => set({ image })}
              />
              <TextField id="disk" label="Disk" value={wish.disk} onChange={(disk) => set({ disk })} problem={badDisk} help={wish.image ? "Such as 20 GiB; empty: as large as the image." : "Such as 20 GiB; empty: no disk."} />
            </Form>
          ),
        },
        {
          id: "networks",
          name: "Networks",
          content: (
            <div role="group" aria-label="Networks">
              {networks.items?.length === 0 && <p>No network exists. The machine can be made without one.</p>}
              {networks.items?.map((each) => (
                <Checkbox
                  key={each.name}
                  id={each.name}
                  label={`${titleOf(each)}${each.ipv4 ? ` (${each.ipv4.cidr})` : ""}`}
                  isChecked={wish.nets.includes(each.name)}
                  onChange={(_event, on) => set({ nets: on ? [...wish.nets, each.name] : wish.nets.filter((name) => name !== each.name) })}
                />
              ))}
            </div>
          ),
        },
        {
          id: "guest",
          name: "Guest",
          content: (
            <Form onSubmit={(event) => event.preventDefault()}>
              <FormGroup label="SSH keys, one a line" fieldId="keys">
                <TextArea id="keys" value={wish.keys} rows={3} onChange={(_event, keys) => set({ keys })} />
              </FormGroup>
              <FormGroup label="Cloud-init user-data" fieldId="user-data">
                <TextArea id="user-data" value={wish.userData} rows={6} onChange={(_event, userData) => set({ userData })} />
              </FormGroup>
              <SwitchField id="start" label="Start it as soon as it is made" value={wish.start} onChange={(start) => set({ start })} />
            </Form>
          ),
        },
        {
          id: "placement",
          name: "Placement",
          content: (
            <>
              {plan.isPending && <Waiting rows={2} label="Asking where it would run" />}
              <Refused error={plan.error} title="Nobody can say where it would run" />
              {plan.data && <Verdicts plan={plan.data} />}
            </>
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
                  ["Cluster", idOf(cluster)],
                  ["Hardware", `${wish.vcpus} vCPUs, ${bytes(memory)}`],
                  ["Begins from", wish.image ? idOf(wish.image) : "No image"],
                  ["Disk", wish.disk || (wish.image ? "As large as the image" : "None")],
                  ["Networks", wish.nets.map(idOf).join(", ") || "None"],
                  ["Would run on", plan.data ? idOf(plan.data.node) || "No host now" : ""],
                  ["After creation", wish.start ? "It is started" : "It stays off"],
                ]}
              />
              {check.isPending && <Waiting rows={2} label="Asking the site" />}
              <Refused error={check.error} title="Not as it is" />
              <Refused error={create.error} title="Not created" />
            </>
          ),
        },
      ]}
    />
  );
}
