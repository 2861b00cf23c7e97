import { create, toJsonString, type MessageInitShape } from "@bufbuild/protobuf";
import { useMutation, useQuery } from "@tanstack/react-query";

import {
  CreateVirtualMachineRequestSchema,
  PlaceVirtualMachineRequestSchema,
  type VirtualMachine,
} from "../gen/quantix/vm/v1/virtual_machine_pb";
import { machines } from "./clients";
import { keys } from "./keys";
import { useLive, type LiveNoun } from "./live";
import { newRequestId } from "./request-id";
import { becomesOld } from "./stale";

export type NewMachine = MessageInitShape<typeof CreateVirtualMachineRequestSchema>;

export const liveMachines: LiveNoun<VirtualMachine> = {
  noun: "vms",
  needs: "vm.read",
  news(client, batch) {
    if (batch.some(({ item }) => item)) becomesOld(client, keys.operations);
    for (const name of new Set(batch.map(({ item }) => item?.cluster)))
      if (name) becomesOld(client, keys.clusterUsage(name));
    for (const { item } of batch) if (item) becomesOld(client, keys.machinePlacement(item.name));
  },
};

export const useMachines = () => useLive(liveMachines);

export const usePlacementPlan = (request: NewMachine, enabled: boolean) => {
  const message = create(PlaceVirtualMachineRequestSchema, {
    virtualMachine: create(CreateVirtualMachineRequestSchema, request).virtualMachine,
  });
  return useQuery({
    queryKey: keys.machinePlan(toJsonString(PlaceVirtualMachineRequestSchema, message)),
    queryFn: ({ signal }) => machines.placeVirtualMachine(message, { signal }),
    enabled,
    retry: false,
    staleTime: 0,
  });
};

/** Has the server check a machine that is not created yet. */
export const useMachineCheck = (request: NewMachine, enabled: boolean) => {
  const message = create(CreateVirtualMachineRequestSchema, request);
  message.validateOnly = true;
  return useQuery({
    queryKey: keys.machineCheck(toJsonString(CreateVirtualMachineRequestSchema, message)),
    queryFn: async ({ signal }) => {
      await machines.createVirtualMachine(message, { signal });
      return true;
    },
    enabled,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
};

export const useCreateMachine = () =>
  useMutation({
    mutationFn: (request: NewMachine) => {
      const message = create(CreateVirtualMachineRequestSchema, request);
      message.requestId = newRequestId();
      return machines.createVirtualMachine(message);
    },
  });

export const useMachinePlacement = (name: string, enabled: boolean) =>
  useQuery({
    queryKey: keys.machinePlacement(name),
    queryFn: ({ signal }) => machines.getPlacement({ name }, { signal }),
    enabled,
    retry: false,
  });

export type MachineVerb = "start" | "shutdown" | "powerOff" | "delete";

export interface MachineCall {
  verb: MachineVerb;
  machine: VirtualMachine;
  /** For delete: power it off first. */
  force?: boolean;
}

/** Call a verb; it answers with the operation that does it. */
export async function callMachineVerb({ verb, machine: { name, etag }, force = false }: MachineCall) {
  const request = { name, etag, requestId: newRequestId() };
  if (verb === "start") return machines.startVirtualMachine(request);
  if (verb === "shutdown") return machines.shutdownVirtualMachine(request);
  if (verb === "powerOff") return machines.powerOffVirtualMachine(request);
  return machines.deleteVirtualMachine({ ...request, force });
}

export const useMachineVerb = () => useMutation({ mutationFn: callMachineVerb });

export const useSerialLog = (name: string) =>
  useQuery({
    queryKey: keys.serial(name),
    queryFn: ({ signal }) => machines.getSerialLog({ name, limitBytes: 65_536 }, { signal }),
    retry: false,
    staleTime: 0,
  });
