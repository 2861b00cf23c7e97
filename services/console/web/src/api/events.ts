import { useInfiniteQuery, type InfiniteData } from "@tanstack/react-query";

import type { Event, ListEventsResponse } from "../gen/quantix/event/v1/event_pb";
import { events } from "./clients";
import { keys } from "./keys";
import { useNews, type LiveNoun } from "./live";
import { becomesOld } from "./stale";

export interface EventFilter {
  subject?: string;
  cluster?: string;
}

type Told = Event & { name: string };

/** Events have no snapshot: pages ask for the past, the stream says when there is more. */
const live: LiveNoun<Told> = {
  noun: "events",
  keeps: false,
  needs: "event.read",
  news(client, batch) {
    becomesOld(client, keys.allEvents);
    if (batch.some(({ item }) => item?.subject.startsWith("image-folders/"))) becomesOld(client, keys.imageFolders);
    if (batch.some(({ item }) => item?.operation)) becomesOld(client, keys.operations);
  },
};

/** Keeps events and operations fresh; the frame holds it open. */
export const useEventNews = () => useNews(live);

export const useEvents = (filter: EventFilter = {}) => {
  const query = useInfiniteQuery<ListEventsResponse, Error, InfiniteData<ListEventsResponse>, readonly string[], string>({
    queryKey: keys.events(JSON.stringify(filter)),
    queryFn: ({ pageParam, signal }) =>
      events.listEvents({ ...filter, pageSize: 100, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextPageToken || undefined,
  });
  return { ...query, events: query.data?.pages.flatMap((page) => page.events) };
};
