/**
 * A Watch stream as a map of what it told: a snapshot, then every change. It goes on from its resume
 * token after a cut, and begins anew where the token is too old.
 */
import { Code, ConnectError } from "@connectrpc/connect";

import { WatchKind } from "../gen/quantix/event/v1/event_pb";

export interface Named {
  name: string;
}

export interface WatchItem<T> {
  kind: WatchKind;
  item: T | undefined;
  resumeToken: string;
}

export type Items<T> = ReadonlyMap<string, T>;
export type FeedState = "connecting" | "live" | "lost";

/** Applies items to a map. A snapshot replaces what was there only once it is whole. */
export class Mirror<T extends Named> {
  items: Items<T> = new Map();
  synced = false;
  resumeToken = "";
  private fresh: Map<string, T> | undefined;

  /** @param keeps false for streams that only tell news and have no snapshot. */
  constructor(private readonly keeps = true) {
    this.synced = !keeps;
  }

  /** Begin a stream; without a token a snapshot will come. */
  begin(): void {
    this.fresh = this.resumeToken || !this.keeps ? undefined : new Map();
  }

  /** Take items in; true if the map became another one. */
  apply(batch: ReadonlyArray<WatchItem<T>>): boolean {
    if (!this.keeps) return this.pass(batch);
    let next: Map<string, T> | undefined;
    for (const { kind, item, resumeToken } of batch) {
      if (kind === WatchKind.SNAPSHOT && item) (this.fresh ??= new Map()).set(item.name, item);
      else if (kind === WatchKind.SYNCED && this.fresh) {
        next = this.fresh;
        this.fresh = undefined;
        this.synced = true;
      } else if (item && kind === WatchKind.CHANGED) (next ??= new Map(this.items)).set(item.name, item);
      else if (item && kind === WatchKind.DELETED) (next ??= new Map(this.items)).delete(item.name);
      if (resumeToken && !this.fresh) this.resumeToken = resumeToken;
    }
    if (next) this.items = next;
    return next !== undefined;
  }

  private pass(batch: ReadonlyArray<WatchItem<T>>): boolean {
    this.resumeToken = batch.at(-1)?.resumeToken || this.resumeToken;
    return batch.some(({ item }) => item);
  }

  forget(): void {
    this.resumeToken = "";
  }
}

export interface FeedOptions<T extends Named> {
  keeps: boolean;
  open(resumeToken: string, signal: AbortSignal): AsyncIterable<WatchItem<T>>;
  changed(items: Items<T>, batch: ReadonlyArray<WatchItem<T>>): void;
  state(state: FeedState): void;
  refused(error: unknown): void;
}

/** Changes are handed on together, this often at most. */
const BATCH_MS = 100;
/** Services beat every 15 s; a stream silent for three beats is dead. */
const SILENCE_MS = 45_000;
const BACKOFF_MS = [500, 1_000, 2_000, 4_000, 8_000];

/** Keeps a Mirror fed until stopped. */
export class Feed<T extends Named> {
  private readonly mirror: Mirror<T>;
  private readonly stopping = new AbortController();
  private batch: WatchItem<T>[] = [];
  private flushing: number | undefined;

  constructor(private readonly options: FeedOptions<T>) {
    this.mirror = new Mirror<T>(options.keeps);
    void this.run();
  }

  stop(): void {
    this.stopping.abort();
    clearTimeout(this.flushing);
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      this.options.state(failures ? "lost" : "connecting");
      try {
        await this.read(() => (failures = 0));
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.flush();
        const { code } = ConnectError.from(error);
        if (code === Code.Unauthenticated || code === Code.PermissionDenied) return this.options.refused(error);
        if (code === Code.OutOfRange || code === Code.FailedPrecondition || code === Code.Aborted) this.mirror.forget();
        if (!this.mirror.synced) this.options.refused(error);
      }
      failures += 1;
      if (failures > 1) this.options.state("lost");
      await this.rest(failures);
    }
  }

  private async read(alive: () => void): Promise<void> {
    const silence = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, silence.signal]);
    const cut = () => silence.abort();
    let timer = setTimeout(cut, SILENCE_MS);
    window.addEventListener("offline", cut);
    this.mirror.begin();
    try {
      for await (const item of this.options.open(this.mirror.resumeToken, signal)) {
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

  private take(item: WatchItem<T>): void {
    this.batch.push(item);
    if (item.kind === WatchKind.SYNCED) this.flush();
    else this.flushing ??= window.setTimeout(() => this.flush(), BATCH_MS);
  }

  private flush(): void {
    clearTimeout(this.flushing);
    this.flushing = undefined;
    const batch = this.batch;
    this.batch = [];
    if (this.mirror.apply(batch) && this.mirror.synced) this.options.changed(this.mirror.items, batch);
  }

  private rest(failures: number): Promise<void> {
    const full = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? 8_000;
    return new Promise((resolve) => {
      const timer = setTimeout(done, full * (0.5 + Math.random() / 2));
      const stop = this.stopping.signal;
      function done() {
        clearTimeout(timer);
        window.removeEventListener("online", done);
        stop.removeEventListener("abort", done);
        resolve();
      }
      window.addEventListener("online", done);
      stop.addEventListener("abort", done);
    });
  }
}
