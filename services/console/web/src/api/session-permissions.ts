/** What whoever is signed in may do, as far as the page knows. */
import type { QueryClient } from "@tanstack/react-query";

import { keys } from "./keys";

/** Whether somebody with these permissions may do `noun.verb`. */
export function may(permissions: readonly string[], needed: string): boolean {
  const [noun] = needed.split(".");
  return permissions.some((each) => each === "*" || each === needed || each === `${noun}.*`);
}

/** The same for the session in the cache. */
export function mayNow(client: QueryClient, needed: string): boolean {
  const session = client.getQueryData<{ permissions: readonly string[] } | null>(keys.session);
  return may(session?.permissions ?? [], needed);
}
