import { Network_Type } from "../../gen/quantix/network/v1/network_pb";

/** Kinds of networks, in words. */
export const TYPES = [
  [Network_Type.VLAN, "VLAN", "Tagged on a distributed switch's uplinks, for networks that exist outside."],
  [Network_Type.OVERLAY, "Overlay", "Tunnels between the hosts; the physical switches need to know nothing."],
  [Network_Type.EXTERNAL, "External", "A provider's segment, for routers and floating addresses."],
  [Network_Type.ISOLATED, "Isolated", "Between machines only: no gateway, no uplink."],
] as const;

export const typeWord = (type: Network_Type): string => TYPES.find(([each]) => each === type)?.[1] ?? "Unknown";
