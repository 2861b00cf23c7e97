import { ActionGroup, Button, Form, Modal, ModalBody, ModalFooter, ModalHeader, Title } from "@patternfly/react-core";
import { useState } from "react";

import { useUpdateCluster } from "../../api/clusters";
import { Facts } from "../../components/facts";
import { TextField } from "../../components/field";
import { plural, span } from "../../components/format";
import { Refused } from "../../components/refused";
import { Allowed } from "../../components/verbs";
import type { Cluster } from "../../gen/quantix/cluster/v1/cluster_pb";
import { ADMISSION, BALANCES, ISOLATION, isWhole, messageOf, MODES, policyOf, VM_MONITORING } from "./policy";
import { DrsFields, HaFields, OvercommitFields } from "./policy-fields";

const word = (options: ReadonlyArray<readonly [number, string]>, value: number) =>
  options.find(([each]) => each === value)?.[1];

/** All settings of a cluster, and the dialog that changes them. */
export function ClusterSettings({ cluster }: { cluster: Cluster }) {
  const [editing, setEditing] = useState(false);
  const { ha, admission, drs, overcommit } = policyOf(cluster);
  return (
    <>
      <Allowed needs="cluster.update">
        <ActionGroup>
          <Button variant="secondary" onClick={() => setEditing(true)}>
            Edit settings
          </Button>
        </ActionGroup>
      </Allowed>
      <Title headingLevel="h2" size="lg">High availability</Title>
      <Facts
        items={[
          ["State", ha.enabled ? "On" : "Off"],
          ["Watch hosts", ha.hostMonitoring ? "Yes" : "No"],
          ["Watch inside machines", word(VM_MONITORING, ha.vmMonitoring)],
          ["A host that is cut off shall", word(ISOLATION, ha.isolationResponse)],
          ["Shutdown grace", `${ha.shutdownGraceSeconds} s`],
          ["Detection", `${ha.detectionSeconds} s`],
          ["Restart priority", ha.restartPriority],
          ["Storm limit", `${ha.stormPercent} %`],
          ["Restarts at once, a host", ha.maxConcurrentRestartsPerNode],
          ["Admission control", word(ADMISSION, admission.policy)],
          ["Hosts that may die", admission.failoverCapacity],
          ["Kept free", `${admission.reserveCpuPercent} % CPU, ${admission.reserveMemoryPercent} % memory`],
          ["Failover hosts", admission.failoverNodes.join(", ")],
        ]}
      />
      <Title headingLevel="h2" size="lg">Balancing</Title>
      <Facts
        items={[
          ["State", drs.enabled ? "On" : "Off"],
          ["Mode", word(MODES, drs.mode)],
          ["Strive for", word(BALANCES, drs.policy)],
          ["Migration threshold", drs.migrationThreshold],
          ["Look every", span(drs.intervalSeconds)],
          ["CPU is high above", `${drs.cpuHighPercent} %`],
          ["Memory is high above", `${drs.memoryHighPercent} %`],
          ["Rest between two moves", span(drs.cooldownSeconds)],
          ["At once, a host", plural(drs.maxConcurrentMigrations, "migration")],
        ]}
      />
      <Title headingLevel="h2" size="lg">Overcommit</Title>
      <Facts
        items={[
          ["vCPUs a core", overcommit.cpuRatio],
          ["Memory", `${overcommit.memoryRatio} times`],
        ]}
      />
      {editing && <EditSettings cluster={cluster} onClose={() => setEditing(false)} />}
    </>
  );
}

const MASK = { paths: ["display_name", "description", "ha", "drs", "overcommit"] };

function EditSettings({ cluster, onClose }: { cluster: Cluster; onClose(): void }) {
  const [displayName, setDisplayName] = useState(cluster.displayName ?? "");
  const [description, setDescription] = useState(cluster.description ?? "");
  const [policy, setPolicy] = useState(() => policyOf(cluster));
  const [etag] = useState(cluster.etag);
  const update = useUpdateCluster();
  const message = { name: cluster.name, etag, ...(displayName ? { displayName } : {}), description, ...messageOf(policy) };
  const save = () => update.mutate({ cluster: message, updateMask: MASK }, { onSuccess: onClose });
  return (
    <Modal isOpen variant="large" onClose={onClose} aria-label="Edit settings">
      <ModalHeader title="Edit settings" />
      <ModalBody>
        <Form onSubmit={(event) => event.preventDefault()}>
          <TextField id="edit-name" label="Name" value={displayName} onChange={setDisplayName} />
          <TextField id="edit-description" label="Description" value={description} onChange={setDescription} />
          <HaFields policy={policy} onChange={setPolicy} />
          <DrsFields policy={policy} onChange={setPolicy} />
          <Title headingLevel="h3" size="md">Overcommit</Title>
          <OvercommitFields policy={policy} onChange={setPolicy} />
        </Form>
        <Refused error={update.error} title="Not saved" />
      </ModalBody>
      <ModalFooter>
        <Button onClick={save} isLoading={update.isPending} isDisabled={update.isPending || !isWhole(policy)}>
          Save settings
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
