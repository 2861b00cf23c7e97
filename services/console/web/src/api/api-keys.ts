import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import type { ApiKey } from "../gen/quantix/console/v1/api_key_pb";
import { apiKeys } from "./clients";
import { keys } from "./keys";
import { newRequestId } from "./request-id";

export const useApiKeys = () =>
  useQuery({
    queryKey: keys.apiKeys,
    queryFn: async ({ signal }) => (await apiKeys.listApiKeys({ pageSize: 1000 }, { signal })).apiKeys,
  });

export interface NewApiKey {
  displayName: string;
  /** Name of the role that it may use at most; empty: all that its owner may. */
  role: string;
  ttlSeconds: number;
}

export const useCreateApiKey = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ displayName, role, ttlSeconds }: NewApiKey) =>
      apiKeys.createApiKey({
        apiKey: { ...(displayName ? { displayName } : {}), role, ttl: { seconds: BigInt(ttlSeconds) } },
        requestId: newRequestId(),
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
  });
};

export const useDeleteApiKey = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, etag }: ApiKey) => apiKeys.deleteApiKey({ name, etag, requestId: newRequestId() }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
  });
};
