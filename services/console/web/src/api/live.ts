/** Live nouns: one stream for all of them, what it told in the query cache. */
import { Code, ConnectError } from "@connectrpc/connect";
import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";

import type { WatchAllResponse } from "../gen/quantix/console/v1/feed_pb";
import { feed as service } from "./clients";
import { Feed, Mirror, type FeedState, type Items, type Named, type StreamItem, type WatchItem } from "./feed";
import { keys } from "./keys";
import { mayNow } from "./session-permissions";
import { tellSignedOut } from "./transport";

export interface LiveNoun<T extends Named> {
  noun: string;
  /** The permission that it takes to read it. */
  needs: string;
  /** False for a noun of news, which has no snapshot. */
  keeps?: boolean;
  /** What else becomes old when these arrive. */
  news?(client: QueryClient, batch: ReadonlyArray<WatchItem<T>>): void;
}

interface Held {
  live: LiveNoun<Named>;
  mirror: Mirror<Named>;
}

/** A noun of which nothing came for so long belongs to a service that does not answer. */
const PATIENCE_MS = 10_000;

/** The first page has what it needs by then. */
const SETTLED_MS = 1_500;

/** So many resources of a snapshot come in one message. */
const SNAPSHOT_PAGE = 200;

const held = new Map<string, Held>();
const waiting = new Map<string, { resolve(items: Items<Named>): void; reject(error: unknown): void }>();
const listeners = new Set<() => void>();
let feed: Feed | undefined;
let state: FeedState = "connecting";

function setState(next: FeedState): void {
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener();
}

export function useConnectionState(): FeedState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

const streamItem = ({ kind, noun, begins, resumeToken, item }: WatchAllResponse): StreamItem => ({
  kind,
  noun,
  begins,
  resumeToken,
  item: item.case === "event" ? { ...item.value, name: item.value.id } : item.value,
});

async function* open(nouns: readonly string[], resumeToken: string, signal: AbortSignal): AsyncIterable<StreamItem> {
  for await (const told of service.watchAll({ nouns: [...nouns], resumeToken, snapshotPageSize: SNAPSHOT_PAGE }, { signal })) {
    yield streamItem(told);
    for (const more of told.more) yield streamItem(more);
  }
}

function settle(noun: string, how: "resolve" | "reject", value: unknown): void {
  const waiter = waiting.get(noun);
  waiting.delete(noun);
  if (how === "resolve") waiter?.resolve(value as Items<Named>);
  else waiter?.reject(value);
}

function begin(client: QueryClient): Feed {
  return new Feed({
    open,
    state: setState,
    told(noun, batch) {
      const mine = held.get(noun);
      if (!mine) return;
      if ((mine.live.keeps ?? true) && mine.mirror.apply(batch) && mine.mirror.synced) {
        settle(noun, "resolve", mine.mirror.items);
        client.setQueryData(keys.live(noun), mine.mirror.items);
      }
      mine.live.news?.(client, batch);
    },
    refused(error) {
      if (ConnectError.from(error).code === Code.Unauthenticated) tellSignedOut();
      for (const noun of [...waiting.keys()]) settle(noun, "reject", error);
    },
  });
}

/** Have a noun streamed from now on, until nobody is signed in any more. */
function hold<T extends Named>(client: QueryClient, live: LiveNoun<T>): void {
  if (!mayNow(client, live.needs)) return;
  if (!held.has(live.noun)) held.set(live.noun, { live: live as LiveNoun<Named>, mirror: new Mirror() });
  feed ??= begin(client);
  feed.add(live.noun);
}

/** End the stream and keep nothing of it, so that nobody sees what whoever was here before saw. */
export function closeStream(): void {
  feed?.stop();
  feed = undefined;
  held.clear();
  setState("connecting");
}

/** Keeps a noun of news told. */
export function useNews<T extends Named>(live: LiveNoun<T>): void {
  const client = useQueryClient();
  useEffect(() => hold(client, live), [client, live]);
}

/** Has what people turn to next streamed once the first page stands, so that it is there when they do. */
export function useWarmUp(...lives: ReadonlyArray<LiveNoun<never>>): void {
  const client = useQueryClient();
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const live of lives) hold(client, live as LiveNoun<Named>);
    }, SETTLED_MS);
    return () => clearTimeout(timer);
    // What is warmed up is fixed where this is used.
  }, [client]);
}

/** Resolves with the noun's first snapshot. */
function firstOf<T extends Named>(client: QueryClient, live: LiveNoun<T>): Promise<Items<T>> {
  if (!mayNow(client, live.needs))
    return Promise.reject(new ConnectError(`It takes the permission ${live.needs}, which you do not have.`, Code.PermissionDenied));
  return new Promise((resolve, reject) => {
    const mirror = held.get(live.noun)?.mirror;
    if (mirror?.synced) return resolve(mirror.items as Items<T>);
    const late = setTimeout(
      () => settle(live.noun, "reject", new ConnectError("The service does not answer.", Code.Unavailable)),
      PATIENCE_MS,
    );
    waiting.set(live.noun, {
      resolve(items) {
        clearTimeout(late);
        resolve(items as Items<T>);
      },
      reject,
    });
  });
}

export interface LiveResult<T> {
  items: readonly T[] | undefined;
  byName: Items<T> | undefined;
  error: unknown;
  retry(): void;
}

const collator = new Intl.Collator("en", { numeric: true });
const byNames = (a: Named, b: Named) => collator.compare(a.name, b.name);

/** The items by name. Sorting thousands takes long: names that stay keep their places. */
function useOrdered<T extends Named>(items: Items<T> | undefined): readonly T[] | undefined {
  const before = useRef<readonly T[]>([]);
  return useMemo(() => {
    if (!items) return undefined;
    const same = before.current.length === items.size && before.current.every(({ name }) => items.has(name));
    before.current = same ? before.current.map(({ name }) => items.get(name)!) : [...items.values()].sort(byNames);
    return before.current;
  }, [items]);
}

/** All of a noun, live and by name; `items` is undefined until the first snapshot is whole. */
export function useLive<T extends Named>(live: LiveNoun<T>): LiveResult<T> {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: keys.live(live.noun),
    queryFn: () => firstOf(client, live),
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
    refetchOnMount: false,
    refetchOnReconnect: false,
    refetchOnWindowFocus: false,
    structuralSharing: false,
  });
  useEffect(() => hold(client, live), [client, live]);
  const items = useOrdered(query.data);
  return {
    items,
    byName: query.data,
    error: items ? null : query.error,
    retry: () => void query.refetch(),
  };
}
