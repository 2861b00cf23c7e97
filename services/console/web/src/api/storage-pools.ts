import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { CreateStoragePoolRequestSchema, type StoragePool } from "../gen/quantix/node/v1/storage_pool_pb";
import { storagePools } from "./clients";
import { keys } from "./keys";
import { useLive, type LiveNoun } from "./live";
import { newRequestId } from "./request-id";
import { becomesOld } from "./stale";

export type NewPool = MessageInitShape<typeof CreateStoragePoolRequestSchema>;

const live: LiveNoun<StoragePool> = {
  noun: "storage-pools",
  needs: "storagePool.read",
  news(client, batch) {
    if (batch.some(({ item }) => item)) becomesOld(client, keys.operations);
  },
};

export const useStoragePools = () => useLive(live);

export const useCreatePool = () =>
  useMutation({
    mutationFn: (request: NewPool) => {
      const message = create(CreateStoragePoolRequestSchema, request);
      message.requestId = newRequestId();
      return storagePools.createStoragePool(message);
    },
  });

/** A verb that answers with an operation. */
function usePoolVerb<T>(call: (given: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: call, onSuccess: () => becomesOld(client, keys.operations) });
}

export interface PoolHosts {
  name: string;
  /** Names of nodes. */
  nodes: string[];
}

export const useAssignPool = () =>
  usePoolVerb((given: PoolHosts) => storagePools.assignStoragePool({ ...given, requestId: newRequestId() }));

export const useUnassignPool = () =>
  usePoolVerb((given: PoolHosts) => storagePools.unassignStoragePool({ ...given, requestId: newRequestId() }));

export const useReconnectPool = () =>
  usePoolVerb((given: PoolHosts) => storagePools.reconnectStoragePool({ ...given, requestId: newRequestId() }));

/** @param wipe the pool's id once more, to delete what is in it; empty keeps the files. */
export const useDeletePool = () =>
  usePoolVerb(({ pool: { name, etag }, wipe }: { pool: StoragePool; wipe: string }) =>
    storagePools.deleteStoragePool({ name, etag, wipe, requestId: newRequestId() }),
  );
