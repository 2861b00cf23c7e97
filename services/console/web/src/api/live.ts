/** Live nouns: one Watch stream a noun, open while somebody looks, its news in the query cache. */
import { Code, ConnectError } from "@connectrpc/connect";
import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";

import { Feed, type FeedState, type Items, type Named, type WatchItem } from "./feed";
import { keys } from "./keys";
import { tellSignedOut } from "./transport";

export interface LiveNoun<T extends Named> {
  noun: string;
  /** False for a stream of news without a snapshot. */
  keeps?: boolean;
  open(resumeToken: string, signal: AbortSignal): AsyncIterable<WatchItem<T>>;
  /** What else becomes old when these arrive. */
  news?(client: QueryClient, batch: ReadonlyArray<WatchItem<T>>): void;
}

interface Held {
  users: number;
  close: (() => void) | undefined;
  closing: number | undefined;
  state: FeedState;
}

/** A stream stays open this long after the last page left it, so that going back is instant. */
const LINGER_MS = 5_000;
const held = new Map<string, Held>();
const listeners = new Set<() => void>();
const waiting = new Map<string, { resolve(items: unknown): void; reject(error: unknown): void }>();

function tell(): void {
  for (const listener of listeners) listener();
}

/** The worst state of all streams that are open. */
export function connectionState(): FeedState {
  const states = [...held.values()].filter((each) => each.close).map((each) => each.state);
  return states.includes("lost") ? "lost" : states.includes("connecting") ? "connecting" : "live";
}

export function useConnectionState(): FeedState {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, connectionState);
}

/** Close streams that only linger: a browser opens six connections to a site, no more. */
function makeRoom(): void {
  for (const each of held.values()) {
    if (each.users > 0 || !each.close) continue;
    clearTimeout(each.closing);
    each.close();
  }
}

/** Close every stream at once, so that nobody sees by a stream of who was here before. */
export function closeStreams(): void {
  for (const each of held.values()) {
    clearTimeout(each.closing);
    each.close?.();
  }
}

function hold<T extends Named>(client: QueryClient, live: LiveNoun<T>): () => void {
  const mine = held.get(live.noun) ?? { users: 0, close: undefined, closing: undefined, state: "connecting" };
  held.set(live.noun, mine);
  mine.users += 1;
  clearTimeout(mine.closing);
  if (!mine.close) {
    makeRoom();
    mine.close = start(client, live, mine);
  }
  return () => {
    mine.users -= 1;
    if (mine.users > 0) return;
    mine.closing = window.setTimeout(() => mine.close?.(), LINGER_MS);
  };
}

function start<T extends Named>(client: QueryClient, live: LiveNoun<T>, mine: Held): () => void {
  const key = keys.live(live.noun);
  const feed = new Feed<T>({
    keeps: live.keeps ?? true,
    open: live.open,
    changed(items, batch) {
      waiting.get(live.noun)?.resolve(items);
      waiting.delete(live.noun);
      if (live.keeps ?? true) client.setQueryData(key, items);
      live.news?.(client, batch);
    },
    state(state) {
      if (mine.state === state) return;
      mine.state = state;
      tell();
    },
    refused(error) {
      if (ConnectError.from(error).code === Code.Unauthenticated) tellSignedOut();
      waiting.get(live.noun)?.reject(error);
      waiting.delete(live.noun);
    },
  });
  return () => {
    feed.stop();
    mine.close = undefined;
    client.removeQueries({ queryKey: key });
    tell();
  };
}

/** Keeps a stream of news open while the caller is on screen. */
export function useNews<T extends Named>(live: LiveNoun<T>): void {
  const client = useQueryClient();
  useEffect(() => hold(client, live), [client, live]);
}

export interface LiveResult<T> {
  items: readonly T[] | undefined;
  byName: Items<T> | undefined;
  error: unknown;
  retry(): void;
}

const byNames = (a: Named, b: Named) => a.name.localeCompare(b.name, "en", { numeric: true });

/** All of a noun, live and by name; `items` is undefined until the first snapshot is whole. */
export function useLive<T extends Named>(live: LiveNoun<T>): LiveResult<T> {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: keys.live(live.noun),
    queryFn: () =>
      new Promise<Items<T>>((resolve, reject) => {
        waiting.set(live.noun, { resolve: resolve as (items: unknown) => void, reject });
      }),
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
    refetchOnMount: false,
    refetchOnReconnect: false,
    refetchOnWindowFocus: false,
    structuralSharing: false,
  });
  useEffect(() => hold(client, live), [client, live]);
  const items = useMemo(() => (query.data ? [...query.data.values()].sort(byNames) : undefined), [query.data]);
  return {
    items,
    byName: query.data,
    error: items ? null : query.error,
    retry: () => void query.refetch(),
  };
}
