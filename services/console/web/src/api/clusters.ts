import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";

import {
  CreateClusterRequestSchema,
  UpdateClusterRequestSchema,
  type Cluster,
} from "../gen/quantix/cluster/v1/cluster_pb";
import { clusters } from "./clients";
import { keys } from "./keys";
import { useLive, type LiveNoun } from "./live";
import { newRequestId } from "./request-id";
import { becomesOld } from "./stale";

export type NewCluster = MessageInitShape<typeof CreateClusterRequestSchema>;
export type ClusterChange = MessageInitShape<typeof UpdateClusterRequestSchema>;

export const liveClusters: LiveNoun<Cluster> = {
  noun: "clusters",
  needs: "cluster.read",
  news(client, batch) {
    for (const { item } of batch) {
      if (!item) continue;
      becomesOld(client, keys.clusterUsage(item.name));
    }
  },
};

export const useClusters = () => useLive(liveClusters);

export const useClusterUsage = (name: string) =>
  useQuery({
    queryKey: keys.clusterUsage(name),
    queryFn: ({ signal }) => clusters.getClusterUsage({ name }, { signal }),
    placeholderData: keepPreviousData,
  });

/** What the server says to a cluster that is not created yet; asks again when the request changes. */
export const useClusterPlan = (request: NewCluster, enabled: boolean) =>
  useQuery({
    queryKey: keys.clusterPlan(JSON.stringify(request)),
    queryFn: ({ signal }) =>
      clusters.createCluster(create(CreateClusterRequestSchema, { ...request, validateOnly: true }), { signal }),
    enabled,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });

export const useCreateCluster = () =>
  useMutation({
    mutationFn: (request: NewCluster) => clusters.createCluster({ ...request, requestId: newRequestId() } as NewCluster),
  });

export const useUpdateCluster = () =>
  useMutation({
    mutationFn: (request: ClusterChange) =>
      clusters.updateCluster({ ...request, requestId: newRequestId() } as ClusterChange),
  });

export const useDeleteCluster = () =>
  useMutation({
    mutationFn: ({ name, etag }: Cluster) => clusters.deleteCluster({ name, etag, requestId: newRequestId() }),
  });

export const useAddClusterNode = (name: string) =>
  useMutation({
    mutationFn: (node: string) =>
      clusters.addClusterNode({ name, node: node.replace(/^nodes\//, ""), requestId: newRequestId() }),
  });

export const useRemoveClusterNode = (name: string) =>
  useMutation({
    mutationFn: (node: string) =>
      clusters.removeClusterNode({ name, node: node.replace(/^nodes\//, ""), requestId: newRequestId() }),
  });
