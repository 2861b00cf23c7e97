import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import type { User } from "../gen/quantix/console/v1/user_pb";
import { roles, users } from "./clients";
import { keys } from "./keys";
import { newRequestId } from "./request-id";

export const useUsers = () =>
  useQuery({
    queryKey: keys.users,
    queryFn: async ({ signal }) => (await users.listUsers({ pageSize: 1000 }, { signal })).users,
  });

export const useRoles = (enabled = true) =>
  useQuery({
    queryKey: keys.roles,
    queryFn: async ({ signal }) => (await roles.listRoles({ pageSize: 1000 }, { signal })).roles,
    enabled,
  });

/** A mutation of users, after which they are read again: also when it was refused, since somebody may have been faster. */
function useUserVerb<T>(call: (given: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: call, onSettled: () => void client.invalidateQueries({ queryKey: keys.users }) });
}

export interface NewUser {
  userId: string;
  displayName: string;
  roles: string[];
  password: string;
}

export const useCreateUser = () =>
  useUserVerb(({ userId, displayName, roles: given, password }: NewUser) =>
    users.createUser({
      userId,
      user: { roles: given, ...(displayName ? { displayName } : {}) },
      password,
      requestId: newRequestId(),
    }),
  );

export const useUpdateUser = () =>
  useUserVerb(({ name, etag, roles: given, disabled }: Pick<User, "name" | "etag" | "roles"> & { disabled: boolean }) =>
    users.updateUser({
      user: { name, etag, roles: given, disabled },
      updateMask: { paths: ["roles", "disabled"] },
      requestId: newRequestId(),
    }),
  );

export const useSetPassword = () =>
  useUserVerb(({ name, password }: { name: string; password: string }) =>
    users.setUserPassword({ name, password, requestId: newRequestId() }),
  );

export const useUnlockUser = () => useUserVerb((name: string) => users.unlockUser({ name, requestId: newRequestId() }));

export const useDeleteUser = () =>
  useUserVerb(({ name, etag }: User) => users.deleteUser({ name, etag, requestId: newRequestId() }));
