/**
 * The joined Watch stream as maps of what it told of each noun: a snapshot, then every change. It goes on from
 * its resume token after a cut; a noun whose place is too old begins anew by itself.
 */
import { Code, ConnectError } from "@connectrpc/connect";

import { WatchKind } from "../gen/quantix/event/v1/event_pb";

export interface Named {
  name: string;
}

export interface WatchItem<T> {
  kind: WatchKind;
  /** The first item of a snapshot: what an earlier, unfinished one told is void. */
  begins: boolean;
  item: T | undefined;
}

export type Items<T> = ReadonlyMap<string, T>;
export type FeedState = "connecting" | "live" | "lost";

/** Applies the items of one noun to a map. A snapshot replaces what was there only once it is whole. */
export class Mirror<T extends Named> {
  items: Items<T> = new Map();
  synced = false;
  private fresh: Map<string, T> | undefined;

  /** Take items in; true if the map became another one. */
  apply(batch: ReadonlyArray<WatchItem<T>>): boolean {
    let next: Map<string, T> | undefined;
    for (const { kind, begins, item } of batch) {
      if (begins) this.fresh = new Map();
      if (kind === WatchKind.SNAPSHOT && item) (this.fresh ??= new Map()).set(item.name, item);
      else if (kind === WatchKind.SYNCED && this.fresh) {
        next = this.fresh;
        this.fresh = undefined;
        this.synced = true;
      } else if (item && kind === WatchKind.CHANGED) (next ??= new Map(this.items)).set(item.name, item);
      else if (item && kind === WatchKind.DELETED) (next ??= new Map(this.items)).delete(item.name);
    }
    if (next) this.items = next;
    return next !== undefined;
  }
}

export interface StreamItem extends WatchItem<Named> {
  noun: string;
  resumeToken: string;
}

export interface FeedOptions {
  open(nouns: readonly string[], resumeToken: string, signal: AbortSignal): AsyncIterable<StreamItem>;
  /** What arrived of a noun, together. */
  told(noun: string, batch: ReadonlyArray<WatchItem<Named>>): void;
  state(state: FeedState): void;
  /** The door will not have us; nothing is tried again. */
  refused(error: unknown): void;
}

/** Changes are handed on together, this often at most. */
const BATCH_MS = 100;
/** The door beats every 15 s; a stream silent for three beats is dead. */
const SILENCE_MS = 45_000;
/** A snapshot that has begun is let come to its end for so long before more is asked for. */
const SNAPSHOT_MS = 2_000;
const BACKOFF_MS = [500, 1_000, 2_000, 4_000, 8_000];
const GONE: ReadonlySet<Code> = new Set([Code.Unauthenticated, Code.PermissionDenied]);

/** Keeps one stream open, of the nouns that somebody looked at, until stopped. */
export class Feed {
  private readonly nouns = new Set<string>();
  private readonly stopping = new AbortController();
  private reading: AbortController | undefined;
  private resumeToken = "";
  private batches = new Map<string, WatchItem<Named>[]>();
  private flushing: ReturnType<typeof setTimeout> | undefined;
  /** Nouns of which a snapshot has begun and is not whole. */
  private readonly begun = new Set<string>();
  private reopening: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: FeedOptions) {}

  /** Have a noun told from now on; the stream is opened anew, and goes on where it was for the others. */
  add(noun: string): void {
    if (this.nouns.has(noun)) return;
    this.nouns.add(noun);
    if (this.nouns.size === 1) void this.run();
    else this.reopen();
  }

  stop(): void {
    this.stopping.abort();
    clearTimeout(this.flushing);
    clearTimeout(this.reopening);
  }

  /** Ask again, for all nouns; not in the middle of a snapshot, which would begin anew. */
  private reopen(): void {
    clearTimeout(this.reopening);
    const now = () => this.reading?.abort();
    if (this.begun.size === 0) now();
    else this.reopening = setTimeout(now, SNAPSHOT_MS);
  }

  private async run(): Promise<void> {
    let failures = 0;
    this.options.state("connecting");
    // What is added in the same turn is asked for together.
    await Promise.resolve();
    while (!this.stopping.signal.aborted) {
      const grown = this.nouns.size;
      try {
        await this.read(() => (failures = 0));
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.flush();
        if (this.nouns.size !== grown) continue;
        const { code } = ConnectError.from(error);
        if (GONE.has(code)) return this.options.refused(error);
        if (code === Code.InvalidArgument) this.resumeToken = "";
      }
      failures += 1;
      if (failures > 1) this.options.state("lost");
      await this.rest(failures);
    }
  }

  private async read(alive: () => void): Promise<void> {
    const reading = new AbortController();
    this.reading = reading;
    this.begun.clear();
    clearTimeout(this.reopening);
    this.reopening = undefined;
    const signal = AbortSignal.any([this.stopping.signal, reading.signal]);
    const cut = () => reading.abort();
    let timer = setTimeout(cut, SILENCE_MS);
    window.addEventListener("offline", cut);
    try {
      for await (const item of this.options.open([...this.nouns], this.resumeToken, signal)) {
        clearTimeout(timer);
        timer = setTimeout(cut, SILENCE_MS);
        alive();
        this.options.state("live");
        this.take(item);
      }
    } finally {
      clearTimeout(timer);
      window.removeEventListener("offline", cut);
    }
  }

  private take({ noun, resumeToken, ...item }: StreamItem): void {
    if (resumeToken) this.resumeToken = resumeToken;
    if (!noun) return;
    const batch = this.batches.get(noun) ?? [];
    if (batch.length === 0) this.batches.set(noun, batch);
    batch.push(item);
    if (item.begins && item.kind === WatchKind.SNAPSHOT) this.begun.add(noun);
    if (item.kind === WatchKind.SYNCED) this.whole(noun);
    else this.flushing ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  private whole(noun: string): void {
    this.begun.delete(noun);
    this.flush();
    if (this.reopening !== undefined) this.reopen();
  }

  private flush(): void {
    clearTimeout(this.flushing);
    this.flushing = undefined;
    const { batches } = this;
    this.batches = new Map();
    for (const [noun, batch] of batches) this.options.told(noun, batch);
  }

  private rest(failures: number): Promise<void> {
    const full = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? 8_000;
    return new Promise((resolve) => {
      const timer = setTimeout(done, full * (0.5 + Math.random() / 2));
      const stop = this.stopping.signal;
      function done() {
        clearTimeout(timer);
        stop.removeEventListener("abort", done);
        window.removeEventListener("online", done);
        resolve();
      }
      stop.addEventListener("abort", done);
      window.addEventListener("online", done);
    });
  }
}
