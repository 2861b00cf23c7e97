import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import type { Node } from "../gen/quantix/node/v1/node_pb";
import { joinTokens, nodes } from "./clients";
import { keys } from "./keys";
import { useLive, type LiveNoun } from "./live";
import { newRequestId } from "./request-id";
import { becomesOld } from "./stale";

const live: LiveNoun<Node> = {
  noun: "nodes",
  async *open(resumeToken, signal) {
    for await (const { kind, node, resumeToken: token } of nodes.watchNodes({ resumeToken }, { signal }))
      yield { kind, item: node, resumeToken: token };
  },
  news(client, batch) {
    becomesOld(client, keys.availableNodes);
    for (const name of new Set(batch.map(({ item }) => item?.cluster))) {
      if (!name) continue;
      becomesOld(client, keys.clusterUsage(name));
      becomesOld(client, keys.clusterNodes(name));
    }
  },
};

export const useNodes = () => useLive(live);

export const useCordonNode = () =>
  useMutation({ mutationFn: (name: string) => nodes.cordonNode({ name, requestId: newRequestId() }) });

export const useUncordonNode = () =>
  useMutation({ mutationFn: (name: string) => nodes.uncordonNode({ name, requestId: newRequestId() }) });

export const useDeleteNode = () =>
  useMutation({
    mutationFn: ({ name, etag }: Node) => nodes.deleteNode({ name, etag, requestId: newRequestId() }),
  });

export const useJoinTokens = () =>
  useQuery({
    queryKey: keys.joinTokens,
    queryFn: async ({ signal }) => (await joinTokens.listJoinTokens({ pageSize: 1000 }, { signal })).joinTokens,
  });

export interface NewJoinToken {
  ttlSeconds: number;
  maxUses: number;
}

export const useCreateJoinToken = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ ttlSeconds, maxUses }: NewJoinToken) =>
      joinTokens.createJoinToken({
        joinToken: { ttl: { seconds: BigInt(ttlSeconds) }, maxUses },
        requestId: newRequestId(),
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.joinTokens }),
  });
};

export const useDeleteJoinToken = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => joinTokens.deleteJoinToken({ name, requestId: newRequestId() }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.joinTokens }),
  });
};
