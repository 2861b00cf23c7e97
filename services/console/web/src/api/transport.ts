/** The one way to the door: Connect over the page's own origin, with the session's cookie. */
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";

import { csrfHeaders } from "./csrf";

type Listener = () => void;
const signedOut = new Set<Listener>();

/** Calls `listener` whenever the door no longer knows who we are; returns how to stop that. */
export function onSignedOut(listener: Listener): Listener {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

export function tellSignedOut(): void {
  for (const listener of signedOut) listener();
}

const guard: Interceptor = (next) => async (request) => {
  for (const [key, value] of Object.entries(csrfHeaders())) request.header.set(key, value);
  try {
    return await next(request);
  } catch (error) {
    if (ConnectError.from(error).code === Code.Unauthenticated) tellSignedOut();
    throw error;
  }
};

export const transport = createConnectTransport({
  baseUrl: window.location.origin,
  useBinaryFormat: true,
  interceptors: [guard],
  fetch: (input, init) => fetch(input, { ...init, credentials: "same-origin" }),
});
