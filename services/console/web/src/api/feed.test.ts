import { describe, expect, it, vi } from "vitest";

import { WatchKind } from "../gen/quantix/event/v1/event_pb";
import { Feed, Mirror, type StreamItem, type WatchItem } from "./feed";

interface Thing {
  name: string;
  size: number;
}

const say = (kind: WatchKind, name = "", size = 0, begins = false): WatchItem<Thing> => ({
  kind,
  begins,
  item: name ? { name, size } : undefined,
});

function synced(...names: string[]): Mirror<Thing> {
  const mirror = new Mirror<Thing>();
  mirror.apply([...names.map((name, place) => say(WatchKind.SNAPSHOT, name, 0, place === 0)), say(WatchKind.SYNCED)]);
  return mirror;
}

describe("a mirror of a noun", () => {
  it("shows nothing before the snapshot is whole", () => {
    const mirror = new Mirror<Thing>();
    expect(mirror.apply([say(WatchKind.SNAPSHOT, "a", 0, true)])).toBe(false);
    expect(mirror.items.size).toBe(0);
    expect(mirror.apply([say(WatchKind.SYNCED)])).toBe(true);
    expect([...mirror.items.keys()]).toEqual(["a"]);
  });

  it("takes an empty snapshot for one", () => {
    const mirror = new Mirror<Thing>();
    expect(mirror.apply([say(WatchKind.SYNCED, "", 0, true)])).toBe(true);
    expect(mirror.synced).toBe(true);
  });

  it("applies changes and removals, and leaves the old map as it was", () => {
    const mirror = synced("a", "b");
    const before = mirror.items;
    mirror.apply([say(WatchKind.CHANGED, "a", 7), say(WatchKind.DELETED, "b")]);
    expect([...mirror.items.values()]).toEqual([{ name: "a", size: 7 }]);
    expect(before.size).toBe(2);
  });

  it("replaces everything by a new snapshot, and forgets half of an older one", () => {
    const mirror = synced("a", "gone");
    mirror.apply([say(WatchKind.SNAPSHOT, "half", 0, true)]);
    mirror.apply([say(WatchKind.SNAPSHOT, "a", 0, true)]);
    expect(mirror.items.size).toBe(2);
    mirror.apply([say(WatchKind.SYNCED)]);
    expect([...mirror.items.keys()]).toEqual(["a"]);
  });

  it("takes a heartbeat for no change", () => {
    expect(synced("a").apply([say(WatchKind.HEARTBEAT)])).toBe(false);
  });
});

describe("a feed of several nouns", () => {
  it("opens one stream for all, and goes on from its token when a noun is added", async () => {
    vi.stubGlobal("window", new EventTarget());
    const asked: Array<readonly [readonly string[], string]> = [];
    const told = vi.fn();
    const feed = new Feed({
      async *open(nouns, token, signal): AsyncIterable<StreamItem> {
        asked.push([nouns, token]);
        yield { ...say(WatchKind.SYNCED, "", 0, true), noun: nouns.at(-1)!, resumeToken: `t${asked.length}` };
        await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("cut"))));
      },
      told,
      state() {},
      refused() {},
    });
    feed.add("vms");
    feed.add("nodes");
    await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(1));
    feed.add("images");
    await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(2));
    feed.stop();
    expect(asked).toEqual([
      [["vms", "nodes"], ""],
      [["vms", "nodes", "images"], "t1"],
    ]);
    vi.unstubAllGlobals();
  });

  it("lets a snapshot that has begun come to its end before it asks for more", async () => {
    vi.stubGlobal("window", new EventTarget());
    const asked: Array<readonly string[]> = [];
    let goOn = () => {};
    const feed = new Feed({
      async *open(nouns, _token, signal): AsyncIterable<StreamItem> {
        asked.push(nouns);
        yield { ...say(WatchKind.SNAPSHOT, "web-1", 0, true), noun: "vms", resumeToken: "" };
        await new Promise<void>((resolve, reject) => {
          goOn = resolve;
          signal.addEventListener("abort", () => reject(new Error("cut")));
        });
        yield { ...say(WatchKind.SYNCED), noun: "vms", resumeToken: "whole" };
        signal.throwIfAborted();
      },
      told() {},
      state() {},
      refused() {},
    });
    feed.add("vms");
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve));
    feed.add("images");
    await new Promise((resolve) => setTimeout(resolve));
    expect(asked).toEqual([["vms"]]);
    goOn();
    await vi.waitFor(() => expect(asked).toEqual([["vms"], ["vms", "images"]]));
    feed.stop();
    vi.unstubAllGlobals();
  });
});
