import { Title } from "@patternfly/react-core";

import { ChoiceField, NumberField, SwitchField, TextField } from "../../components/field";
import { AdmissionSettings_Policy } from "../../gen/quantix/cluster/v1/cluster_pb";
import { ADMISSION, BALANCES, ISOLATION, MODES, VM_MONITORING, type Policy } from "./policy";

interface FieldsProps {
  policy: Policy;
  onChange(policy: Policy): void;
}

export function HaFields({ policy, onChange }: FieldsProps) {
  const { ha, admission } = policy;
  const set = (change: Partial<Policy["ha"]>) => onChange({ ...policy, ha: { ...ha, ...change } });
  const admit = (change: Partial<Policy["admission"]>) => onChange({ ...policy, admission: { ...admission, ...change } });
  return (
    <>
      <SwitchField id="ha-enabled" label="High availability" value={ha.enabled} onChange={(enabled) => set({ enabled })} help="Machines of a dead host are started on the others." />
      <div className="q-settings">
        <SwitchField id="ha-hosts" label="Watch hosts" value={ha.hostMonitoring} onChange={(hostMonitoring) => set({ hostMonitoring })} />
        <ChoiceField id="ha-vms" label="Watch inside machines" value={ha.vmMonitoring} options={VM_MONITORING} onChange={(value) => set({ vmMonitoring: Number(value) })} />
        <ChoiceField id="ha-isolation" label="A host that is cut off shall" value={ha.isolationResponse} options={ISOLATION} onChange={(value) => set({ isolationResponse: Number(value) })} />
        <NumberField id="ha-grace" label="Shutdown grace" unit="s" least={10} most={600} value={ha.shutdownGraceSeconds} onChange={(shutdownGraceSeconds) => set({ shutdownGraceSeconds })} />
        <NumberField id="ha-detection" label="Detection" unit="s" least={6} most={60} value={ha.detectionSeconds} onChange={(detectionSeconds) => set({ detectionSeconds })} />
        <NumberField id="ha-priority" label="Restart priority" least={1} most={5} value={ha.restartPriority} onChange={(restartPriority) => set({ restartPriority })} help="1 first." />
        <NumberField id="ha-storm" label="Storm limit" unit="%" least={10} most={50} value={ha.stormPercent} onChange={(stormPercent) => set({ stormPercent })} help="Above this share of lost hosts nothing restarts by itself." />
        <NumberField id="ha-restarts" label="Restarts at once, a host" least={1} most={32} value={ha.maxConcurrentRestartsPerNode} onChange={(maxConcurrentRestartsPerNode) => set({ maxConcurrentRestartsPerNode })} />
      </div>
      <Title headingLevel="h3" size="md">
        Admission control
      </Title>
      <div className="q-settings">
        <ChoiceField id="admission" label="Policy" value={admission.policy} options={ADMISSION} onChange={(value) => admit({ policy: Number(value) })} />
        {admission.policy === AdmissionSettings_Policy.HOST_FAILURES && (
          <NumberField id="failover" label="Hosts that may die" least={1} most={8} value={admission.failoverCapacity} onChange={(failoverCapacity) => admit({ failoverCapacity })} />
        )}
        {admission.policy === AdmissionSettings_Policy.PERCENT && (
          <>
            <NumberField id="reserve-cpu" label="CPU kept free" unit="%" least={0} most={90} value={admission.reserveCpuPercent} onChange={(reserveCpuPercent) => admit({ reserveCpuPercent })} />
            <NumberField id="reserve-memory" label="Memory kept free" unit="%" least={0} most={90} value={admission.reserveMemoryPercent} onChange={(reserveMemoryPercent) => admit({ reserveMemoryPercent })} />
          </>
        )}
        {admission.policy === AdmissionSettings_Policy.DEDICATED_HOSTS && (
          <TextField
            id="failover-nodes"
            label="Failover hosts"
            value={admission.failoverNodes.join(", ")}
            help="Names such as nodes/h1, separated by commas."
            onChange={(text) => admit({ failoverNodes: text.split(",").map((each) => each.trim()).filter(Boolean) })}
          />
        )}
      </div>
    </>
  );
}

export function DrsFields({ policy, onChange }: FieldsProps) {
  const { drs } = policy;
  const set = (change: Partial<Policy["drs"]>) => onChange({ ...policy, drs: { ...drs, ...change } });
  return (
    <>
      <SwitchField id="drs-enabled" label="Balancing (DRS)" value={drs.enabled} onChange={(enabled) => set({ enabled })} help="Keeps the load of the hosts even." />
      <div className="q-settings">
        <ChoiceField id="drs-mode" label="Mode" value={drs.mode} options={MODES} onChange={(value) => set({ mode: Number(value) })} />
        <ChoiceField id="drs-policy" label="Strive for" value={drs.policy} options={BALANCES} onChange={(value) => set({ policy: Number(value) })} />
        <NumberField id="drs-threshold" label="Migration threshold" least={1} most={5} value={drs.migrationThreshold} onChange={(migrationThreshold) => set({ migrationThreshold })} help="1 most eager." />
        <NumberField id="drs-interval" label="Look every" unit="s" least={60} most={3600} value={drs.intervalSeconds} onChange={(intervalSeconds) => set({ intervalSeconds })} />
        <NumberField id="drs-cpu" label="CPU is high above" unit="%" least={50} most={99} value={drs.cpuHighPercent} onChange={(cpuHighPercent) => set({ cpuHighPercent })} />
        <NumberField id="drs-memory" label="Memory is high above" unit="%" least={50} most={99} value={drs.memoryHighPercent} onChange={(memoryHighPercent) => set({ memoryHighPercent })} />
        <NumberField id="drs-cooldown" label="Rest between two moves" unit="s" least={0} most={86400} value={drs.cooldownSeconds} onChange={(cooldownSeconds) => set({ cooldownSeconds })} />
        <NumberField id="drs-migrations" label="Migrations at once, a host" least={1} most={16} value={drs.maxConcurrentMigrations} onChange={(maxConcurrentMigrations) => set({ maxConcurrentMigrations })} />
      </div>
    </>
  );
}

export function OvercommitFields({ policy, onChange }: FieldsProps) {
  const { overcommit } = policy;
  const set = (change: Partial<Policy["overcommit"]>) => onChange({ ...policy, overcommit: { ...overcommit, ...change } });
  return (
    <div className="q-settings">
      <NumberField id="over-cpu" label="vCPUs a core" least={1} most={16} value={overcommit.cpuRatio} onChange={(cpuRatio) => set({ cpuRatio })} />
      <NumberField id="over-memory" label="Memory promised, times what is there" least={1} most={2} value={overcommit.memoryRatio} onChange={(memoryRatio) => set({ memoryRatio })} />
    </div>
  );
}
