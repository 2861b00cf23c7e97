import { create, fromJsonString, toJsonString, type MessageInitShape } from "@bufbuild/protobuf";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";

import { CreateNetworkRequestSchema, type Network } from "../gen/quantix/network/v1/network_pb";
import type { Port } from "../gen/quantix/network/v1/port_pb";
import { networks } from "./clients";
import { keys } from "./keys";
import { useLive, type LiveNoun } from "./live";
import { pause, TYPING_MS } from "./pause";
import { newRequestId } from "./request-id";
import { becomesOld } from "./stale";

export type NewNetwork = MessageInitShape<typeof CreateNetworkRequestSchema>;

const live: LiveNoun<Network> = {
  noun: "networks",
  needs: "network.read",
  news(client, batch) {
    for (const { item } of batch) if (item) becomesOld(client, keys.networkAddresses(item.name));
  },
};

const livePorts: LiveNoun<Port> = {
  noun: "ports",
  needs: "port.read",
};

export const useNetworks = () => useLive(live);
export const usePorts = () => useLive(livePorts);

export const useNetworkAddresses = (name: string) =>
  useQuery({
    queryKey: keys.networkAddresses(name),
    queryFn: async ({ signal }) =>
      (await networks.listNetworkAddresses({ name, pageSize: 1000 }, { signal })).addresses,
  });

/** What the server would make of a network that is not created yet. */
export const useNetworkPlan = (request: NewNetwork, enabled: boolean) => {
  const message = create(CreateNetworkRequestSchema, request);
  message.validateOnly = true;
  const wanted = useDeferredValue(toJsonString(CreateNetworkRequestSchema, message));
  return useQuery({
    queryKey: keys.networkPlan(wanted),
    queryFn: async ({ signal }) => {
      await pause(TYPING_MS, signal);
      return networks.createNetwork(fromJsonString(CreateNetworkRequestSchema, wanted), { signal });
    },
    enabled,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
};

export const useCreateNetwork = () =>
  useMutation({
    mutationFn: (request: NewNetwork) => {
      const message = create(CreateNetworkRequestSchema, request);
      message.requestId = newRequestId();
      return networks.createNetwork(message);
    },
  });

export const useDeleteNetwork = () =>
  useMutation({
    mutationFn: ({ name, etag }: Network) => networks.deleteNetwork({ name, etag, requestId: newRequestId() }),
  });
