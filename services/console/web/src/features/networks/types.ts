import { Network_Type } from "../../gen/quantix/network/v1/network_pb";

/** Kinds of networks, in words. */
export const TYPES = [
  [Network_Type.OVERLAY, "Overlay: tunnels between hosts"],
  [Network_Type.VLAN, "VLAN: tagged on a switch's uplinks"],
  [Network_Type.EXTERNAL, "External: a provider's segment"],
  [Network_Type.ISOLATED, "Isolated: between machines only"],
] as const;

export const typeWord = (type: Network_Type): string =>
  TYPES.find(([each]) => each === type)?.[1].split(":")[0] ?? "Unknown";
