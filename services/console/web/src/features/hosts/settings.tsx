import { Button, Form, Label, LabelGroup, Title } from "@patternfly/react-core";
import { useState } from "react";

import { useAddTaint, useRemoveTaint, useUpdateNode } from "../../api/nodes";
import { useMay } from "../../api/session";
import { ChoiceField, TextField } from "../../components/field";
import { bytes, parseBytes } from "../../components/format";
import { Refused } from "../../components/refused";
import { Taint_Effect as Effect, type Node, type Taint } from "../../gen/quantix/node/v1/node_pb";

const EFFECTS = [
  [Effect.NO_SCHEDULE, "No new machines"],
  [Effect.PREFER_NO_SCHEDULE, "New machines only where no other host will do"],
  [Effect.NO_EXECUTE, "No new machines, and those there leave"],
] as const;

const effectWord = (effect: Effect) => EFFECTS.find(([each]) => each === effect)?.[1] ?? String(effect);

/** What is wanted of a host. */
export function HostSettings({ node }: { node: Node }) {
  const locked = !useMay()("node.update");
  return (
    <>
      <Basics node={node} locked={locked} />
      <Title headingLevel="h2" size="lg">
        Labels
      </Title>
      <Labels node={node} locked={locked} />
      <Title headingLevel="h2" size="lg">
        Taints
      </Title>
      <Taints node={node} locked={locked} />
    </>
  );
}

interface PartProps {
  node: Node;
  locked: boolean;
}

function Basics({ node, locked }: PartProps) {
  const [displayName, setDisplayName] = useState(node.displayName ?? "");
  const [description, setDescription] = useState(node.description ?? "");
  const [cores, setCores] = useState(String(node.reservedCores ?? ""));
  const [memory, setMemory] = useState(node.reservedMemoryBytes ? bytes(node.reservedMemoryBytes) : "");
  const update = useUpdateNode();
  const kept = memory ? parseBytes(memory) : undefined;
  const badMemory = memory && kept === undefined ? "A size such as 2 GiB." : undefined;
  const badCores = cores && !/^\d+$/.test(cores) ? "A whole number." : undefined;
  const save = () => {
    const paths = ["description", ...(displayName ? ["display_name"] : []), ...(cores ? ["reserved_cores"] : []), ...(kept ? ["reserved_memory_bytes"] : [])];
    const said = {
      ...(displayName ? { displayName } : {}),
      ...(cores ? { reservedCores: Number(cores) } : {}),
      ...(kept ? { reservedMemoryBytes: kept } : {}),
    };
    update.mutate({ node: { name: node.name, etag: node.etag, description, ...said }, updateMask: { paths } });
  };
  return (
    <Form onSubmit={(event) => event.preventDefault()}>
      <div className="q-settings">
        <TextField id="host-name" label="Name" value={displayName} onChange={setDisplayName} />
        <TextField id="host-description" label="Description" value={description} onChange={setDescription} />
        <TextField id="host-cores" label="Processors kept for the host" value={cores} onChange={setCores} problem={badCores} help="Empty: 1." />
        <TextField id="host-memory" label="Memory kept for the host" value={memory} onChange={setMemory} problem={badMemory} help="Such as 2 GiB; empty: 1 GiB." />
      </div>
      <Refused error={update.error} title="Not saved" />
      {!locked && (
        <div>
          <Button variant="secondary" isLoading={update.isPending} isDisabled={Boolean(badMemory ?? badCores) || update.isPending} onClick={save}>
            Save settings
          </Button>
        </div>
      )}
    </Form>
  );
}

function Labels({ node, locked }: PartProps) {
  const [typed, setTyped] = useState("");
  const update = useUpdateNode();
  const put = (labels: Record<string, string>) =>
    update.mutate({ node: { name: node.name, etag: node.etag, labels }, updateMask: { paths: ["labels"] } });
  const add = () => {
    const [key = "", value = ""] = typed.split("=");
    put({ ...node.labels, [key.trim()]: value.trim() });
    setTyped("");
  };
  const without = (key: string) => Object.fromEntries(Object.entries(node.labels).filter(([each]) => each !== key));
  return (
    <>
      <LabelGroup aria-label="Labels" numLabels={64}>
        {Object.entries(node.labels).map(([key, value]) => (
          <Label key={key} {...(locked ? {} : { onClose: () => put(without(key)), closeBtnAriaLabel: `Remove label ${key}` })}>
            {value ? `${key}=${value}` : key}
          </Label>
        ))}
      </LabelGroup>
      {!locked && (
        <div className="q-adder">
          <TextField id="label" label="New label" value={typed} onChange={setTyped} placeholder="rack=a1" />
          <Button variant="secondary" isDisabled={typed.trim() === "" || update.isPending} onClick={add}>
            Add label
          </Button>
        </div>
      )}
      <Refused error={update.error} title="Not changed" />
    </>
  );
}

function Taints({ node, locked }: PartProps) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const [effect, setEffect] = useState<Effect>(Effect.NO_SCHEDULE);
  const add = useAddTaint(node.name);
  const remove = useRemoveTaint(node.name);
  const empty = () => {
    setKey("");
    setValue("");
  };
  const said = (taint: Taint) => `${taint.value ? `${taint.key}=${taint.value}` : taint.key}: ${effectWord(taint.effect).toLowerCase()}`;
  return (
    <>
      {node.taints.length === 0 && <p className="q-quiet">None: every machine may be placed here.</p>}
      <LabelGroup aria-label="Taints" numLabels={64}>
        {node.taints.map((each) => (
          <Label key={`${each.key} ${each.effect}`} color="orange" {...(locked ? {} : { onClose: () => remove.mutate(each), closeBtnAriaLabel: `Remove taint ${each.key}` })}>
            {said(each)}
          </Label>
        ))}
      </LabelGroup>
      {!locked && (
        <div className="q-adder">
          <TextField id="taint-key" label="Key" value={key} onChange={setKey} placeholder="gpu" />
          <TextField id="taint-value" label="Value" value={value} onChange={setValue} />
          <ChoiceField id="taint-effect" label="Effect" value={effect} options={EFFECTS} onChange={(chosen) => setEffect(Number(chosen))} />
          <Button variant="secondary" isDisabled={key === "" || add.isPending} onClick={() => add.mutate({ key, value, effect }, { onSuccess: empty })}>
            Add taint
          </Button>
        </div>
      )}
      <Refused error={add.error ?? remove.error} title="Not changed" />
    </>
  );
}
