/** Who is signed in. The session lives in a cookie that scripts cannot read. */
import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";

import { csrfHeaders, keepCsrfToken } from "./csrf";
import { site } from "./clients";
import { keys } from "./keys";
import { closeStream } from "./live";
import { may } from "./session-permissions";
import { onSignedOut } from "./transport";

export interface Session {
  user: string;
  displayName: string;
  permissions: string[];
  passwordChangeRequired: boolean;
  csrfToken: string;
  /** When it ends whatever happens; empty for a key. */
  expireTime: string;
}

/** A refusal of the REST face. */
export class RestRefusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super(message);
  }
}

async function rest(method: "GET" | "POST", path: string, body?: object): Promise<unknown> {
  const response = await fetch(path, {
    method,
    credentials: "same-origin",
    headers: { accept: "application/json", "content-type": "application/json", ...csrfHeaders() },
    body: body ? JSON.stringify(body) : null,
  });
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (response.ok) return answer;
  throw new RestRefusal(
    response.status,
    String(answer.reason ?? response.status),
    String(answer.message ?? response.statusText),
    Number.parseFloat(String(answer.retryAfter ?? 0)) || 0,
  );
}

function toSession(answer: Partial<Session>): Session {
  const user = (answer.user ?? "").replace(/^users\//, "");
  keepCsrfToken(answer.csrfToken ?? "");
  return {
    user,
    displayName: answer.displayName || user,
    permissions: answer.permissions ?? [],
    passwordChangeRequired: answer.passwordChangeRequired ?? false,
    csrfToken: answer.csrfToken ?? "",
    expireTime: answer.expireTime ?? "",
  };
}

async function readSession(): Promise<Session | null> {
  try {
    return toSession((await rest("GET", "/api/v1/auth/session")) as Partial<Session>);
  } catch (error) {
    if (!(error instanceof RestRefusal) || error.status >= 500) throw error;
  }
  // A caller with a key of its own, such as a proxy that vouches for people, has no session.
  try {
    const caller = await site.getCaller({});
    return toSession({ user: caller.subject, permissions: caller.permissions });
  } catch {
    return null;
  }
}

/** Nobody is signed in any more: show so, and keep nothing that they saw. */
function forget(client: QueryClient): void {
  keepCsrfToken("");
  client.setQueryData(keys.session, null);
  closeStream();
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.session[0] });
}

/** The session; null when nobody is signed in. */
export const useSession = () => {
  const client = useQueryClient();
  useEffect(() => onSignedOut(() => forget(client)), [client]);
  return useQuery({
    queryKey: keys.session,
    queryFn: readSession,
    staleTime: Infinity,
    retry: false,
    refetchOnReconnect: false,
  });
};

export const useSignIn = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (given: { user: string; password: string }) => {
      const answer = (await rest("POST", "/api/v1/auth/login", given)) as { session: Partial<Session> };
      return toSession(answer.session);
    },
    onSuccess: (session) => client.setQueryData(keys.session, session),
  });
};

export const useSignOut = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => rest("POST", "/api/v1/auth/logout", {}),
    onSuccess: () => forget(client),
    onError: (error) => error instanceof RestRefusal && error.status === 401 && forget(client),
  });
};

/** Tells whether whoever is signed in may do `noun.verb`. The server decides; this only hides what it would refuse. */
export function useMay(): (needed: string) => boolean {
  const permissions = useSession().data?.permissions;
  return useCallback((needed) => may(permissions ?? [], needed), [permissions]);
}

export const useChangePassword = () => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (given: { oldPassword: string; newPassword: string }) => rest("POST", "/api/v1/auth/password", given),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.session }),
  });
};
