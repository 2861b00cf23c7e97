import { describe, expect, it } from "vitest";

import { WatchKind } from "../gen/quantix/event/v1/event_pb";
import { Mirror, type WatchItem } from "./feed";

interface Thing {
  name: string;
  size: number;
}

const say = (kind: WatchKind, name = "", size = 0, resumeToken = ""): WatchItem<Thing> => ({
  kind,
  item: name ? { name, size } : undefined,
  resumeToken,
});

function synced(...names: string[]): Mirror<Thing> {
  const mirror = new Mirror<Thing>();
  mirror.begin();
  mirror.apply([...names.map((name) => say(WatchKind.SNAPSHOT, name)), say(WatchKind.SYNCED, "", 0, "t1")]);
  return mirror;
}

describe("a mirror of a watch", () => {
  it("shows nothing before the snapshot is whole", () => {
    const mirror = new Mirror<Thing>();
    mirror.begin();
    expect(mirror.apply([say(WatchKind.SNAPSHOT, "a")])).toBe(false);
    expect(mirror.items.size).toBe(0);
    expect(mirror.apply([say(WatchKind.SYNCED)])).toBe(true);
    expect([...mirror.items.keys()]).toEqual(["a"]);
  });

  it("applies changes and removals, and leaves the old map as it was", () => {
    const mirror = synced("a", "b");
    const before = mirror.items;
    mirror.apply([say(WatchKind.CHANGED, "a", 7, "t2"), say(WatchKind.DELETED, "b", 0, "t3")]);
    expect([...mirror.items.values()]).toEqual([{ name: "a", size: 7 }]);
    expect(before.size).toBe(2);
    expect(mirror.resumeToken).toBe("t3");
  });

  it("keeps its items over a cut and goes on from the token", () => {
    const mirror = synced("a");
    mirror.begin();
    mirror.apply([say(WatchKind.CHANGED, "c", 1, "t2")]);
    expect([...mirror.items.keys()]).toEqual(["a", "c"]);
  });

  it("replaces everything by a new snapshot when the token was too old", () => {
    const mirror = synced("a", "gone");
    mirror.forget();
    mirror.begin();
    mirror.apply([say(WatchKind.SNAPSHOT, "a")]);
    expect(mirror.items.size).toBe(2);
    mirror.apply([say(WatchKind.SYNCED)]);
    expect([...mirror.items.keys()]).toEqual(["a"]);
  });

  it("does not remember the token of half a snapshot", () => {
    const mirror = new Mirror<Thing>();
    mirror.begin();
    mirror.apply([say(WatchKind.SNAPSHOT, "a", 0, "half")]);
    expect(mirror.resumeToken).toBe("");
  });

  it("takes a heartbeat for no change", () => {
    expect(synced("a").apply([say(WatchKind.HEARTBEAT, "", 0, "t9")])).toBe(false);
  });

  it("only passes on a stream of news", () => {
    const mirror = new Mirror<Thing>(false);
    mirror.begin();
    expect(mirror.apply([say(WatchKind.CHANGED, "e", 1, "t1")])).toBe(true);
    expect(mirror.items.size).toBe(0);
    expect(mirror.resumeToken).toBe("t1");
  });
});
