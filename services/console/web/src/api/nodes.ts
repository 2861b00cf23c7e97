import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import {
  UpdateNodeRequestSchema,
  type Node,
  type Taint,
  type Taint_Effect,
} from "../gen/quantix/node/v1/node_pb";
import { joinTokens, nodes } from "./clients";
import { keys } from "./keys";
import { useLive, type LiveNoun, type LiveResult } from "./live";
import { newRequestId } from "./request-id";
import { becomesOld } from "./stale";

export const liveNodes: LiveNoun<Node> = {
  noun: "nodes",
  needs: "node.read",
  news(client, batch) {
    for (const name of new Set(batch.map(({ item }) => item?.cluster))) {
      if (!name) continue;
      becomesOld(client, keys.clusterUsage(name));
    }
  },
};

export const useNodes = () => useLive(liveNodes);

/** The hosts that belong to no cluster, live. */
export function useFreeNodes(): LiveResult<Node> {
  const all = useNodes();
  const items = useMemo(() => all.items?.filter(({ cluster }) => !cluster), [all.items]);
  return { ...all, items };
}

/** The hosts of a cluster, live; one that is named but not known yet is left out. */
export function useMembers({ nodes: names }: { nodes: readonly string[] }): LiveResult<Node> {
  const all = useNodes();
  const items = useMemo(
    () => all.byName && names.map((name) => all.byName!.get(name)).filter((node) => node !== undefined),
    [all.byName, names],
  );
  return { ...all, items };
}

export type NodeVerb =
  | "cordon"
  | "uncordon"
  | "drain"
  | "enterMaintenance"
  | "exitMaintenance"
  | "refreshInventory"
  | "confirmHardware";

/** Call a verb; drain and maintenance answer with an operation, the others with the node. */
export async function callNodeVerb(verb: NodeVerb, name: string): Promise<unknown> {
  const request = { name, requestId: newRequestId() };
  switch (verb) {
    case "cordon":
      return nodes.cordonNode(request);
    case "uncordon":
      return nodes.uncordonNode(request);
    case "drain":
      return nodes.drainNode(request);
    case "enterMaintenance":
      return nodes.enterMaintenance(request);
    case "exitMaintenance":
      return nodes.exitMaintenance(request);
    case "refreshInventory":
      return nodes.refreshInventory(request);
    case "confirmHardware":
      return nodes.confirmHardware(request);
  }
}

export const useNodeVerb = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ verb, name }: { verb: NodeVerb; name: string }) => callNodeVerb(verb, name),
    onSuccess: () => becomesOld(client, keys.operations),
  });
};

export type NodeChange = MessageInitShape<typeof UpdateNodeRequestSchema>;

export const useUpdateNode = () =>
  useMutation({
    mutationFn: (change: NodeChange) => {
      const message = create(UpdateNodeRequestSchema, change);
      message.requestId = newRequestId();
      return nodes.updateNode(message);
    },
  });

export interface NewTaint {
  key: string;
  value: string;
  effect: Taint_Effect;
}

export const useAddTaint = (name: string) =>
  useMutation({ mutationFn: (taint: NewTaint) => nodes.addTaint({ name, taint, requestId: newRequestId() }) });

export const useRemoveTaint = (name: string) =>
  useMutation({
    mutationFn: ({ key, effect }: Taint) => nodes.removeTaint({ name, key, effect, requestId: newRequestId() }),
  });

export interface Removal {
  node: Node;
  reason: string;
  /** Also with machines on it and as a member, where the host is dead. */
  force: boolean;
}

export const useDecommissionNode = () =>
  useMutation({
    mutationFn: ({ node: { name, etag }, reason, force }: Removal) =>
      nodes.decommissionNode({ name, etag, reason, force, requestId: newRequestId() }),
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
