import { StoragePool_Type as Type } from "../../gen/quantix/node/v1/storage_pool_pb";

/** Kinds of pools, in words. */
export const TYPES = [
  [Type.LOCAL_DIR, "Local folder", "A folder of its own on each host."],
  [Type.SHARED_DIR, "Shared folder", "One directory that each host has mounted at the same path, such as NFS."],
] as const;

export const typeWord = (type: Type): string => TYPES.find(([each]) => each === type)?.[1] ?? "Unknown";
