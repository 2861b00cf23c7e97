/** HA and DRS settings as a form holds them. */
import {
  AdmissionSettings_Policy,
  DrsSettings_Mode,
  DrsSettings_Policy,
  HaSettings_IsolationResponse,
  HaSettings_VmMonitoring,
  type Cluster,
} from "../../gen/quantix/cluster/v1/cluster_pb";

/** The defaults that the contract documents. */
export const DEFAULTS = {
  ha: {
    enabled: false,
    hostMonitoring: true,
    vmMonitoring: HaSettings_VmMonitoring.OFF,
    restartPriority: 3,
    isolationResponse: HaSettings_IsolationResponse.POWER_OFF,
    shutdownGraceSeconds: 60,
    detectionSeconds: 9,
    stormPercent: 30,
    maxConcurrentRestartsPerNode: 4,
  },
  admission: {
    policy: AdmissionSettings_Policy.HOST_FAILURES,
    failoverCapacity: 1,
    reserveCpuPercent: 25,
    reserveMemoryPercent: 25,
    failoverNodes: [] as string[],
  },
  drs: {
    enabled: false,
    mode: DrsSettings_Mode.MANUAL,
    migrationThreshold: 3,
    policy: DrsSettings_Policy.BALANCED,
    intervalSeconds: 300,
    cpuHighPercent: 80,
    memoryHighPercent: 85,
    cooldownSeconds: 1800,
    maxConcurrentMigrations: 2,
  },
  overcommit: { cpuRatio: 4, memoryRatio: 1 },
};

export type Policy = typeof DEFAULTS;

function overlay<T extends object>(base: T, given: object | undefined): T {
  const known = Object.entries(given ?? {}).filter(([key, value]) => key in base && value !== undefined);
  return { ...base, ...Object.fromEntries(known) } as T;
}

export function policyOf(cluster: Cluster): Policy {
  return {
    ha: overlay(DEFAULTS.ha, cluster.ha),
    admission: overlay(DEFAULTS.admission, cluster.ha?.admission),
    drs: overlay(DEFAULTS.drs, cluster.drs),
    overcommit: overlay(DEFAULTS.overcommit, cluster.overcommit),
  };
}

/** The fields of a Cluster message that say this policy. */
export function messageOf({ ha, admission, drs, overcommit }: Policy) {
  return { ha: { ...ha, admission }, drs, overcommit };
}

/** Whether every number is one. The server judges the ranges; the fields say them while typing. */
export function isWhole(policy: Policy): boolean {
  return Object.values(policy).every((part) => Object.values(part).every((value) => !Number.isNaN(value)));
}

export const VM_MONITORING = [
  [HaSettings_VmMonitoring.OFF, "Off"],
  [HaSettings_VmMonitoring.GUEST_HEARTBEAT, "Guest heartbeat"],
] as const;

export const ISOLATION = [
  [HaSettings_IsolationResponse.POWER_OFF, "Power machines off"],
  [HaSettings_IsolationResponse.SHUTDOWN, "Shut machines down"],
  [HaSettings_IsolationResponse.LEAVE, "Leave machines running"],
] as const;

export const ADMISSION = [
  [AdmissionSettings_Policy.HOST_FAILURES, "Tolerate host failures"],
  [AdmissionSettings_Policy.PERCENT, "Keep a percentage free"],
  [AdmissionSettings_Policy.DEDICATED_HOSTS, "Dedicated failover hosts"],
  [AdmissionSettings_Policy.OFF, "Off"],
] as const;

export const MODES = [
  [DrsSettings_Mode.MANUAL, "Manual: recommend only"],
  [DrsSettings_Mode.PARTIALLY_AUTOMATED, "Partially automated"],
  [DrsSettings_Mode.FULLY_AUTOMATED, "Fully automated"],
] as const;

export const BALANCES = [
  [DrsSettings_Policy.BALANCED, "Balanced: spread load evenly"],
  [DrsSettings_Policy.PACKED, "Packed: use few hosts"],
] as const;
