import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { Operation_State, type Operation } from "../gen/quantix/operation/v1/operation_pb";
import { operations } from "./clients";
import { keys } from "./keys";
import { newRequestId } from "./request-id";

/** The newest operations; asked again whenever an event, a machine or an image tells of one. */
export const useOperations = () =>
  useQuery({
    queryKey: keys.operations,
    queryFn: async ({ signal }) => (await operations.listOperations({ pageSize: 200 }, { signal })).operations,
  });

export const isRunning = ({ state }: Operation): boolean =>
  state === Operation_State.QUEUED || state === Operation_State.RUNNING || state === Operation_State.CANCELLING;

export const useCancelOperation = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => operations.cancelOperation({ name, requestId: newRequestId() }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.operations }),
  });
};
