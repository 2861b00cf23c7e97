/**
 * This browser's uploads. They go on while pages change; after a reload the file has to be given again,
 * and then goes on from the byte that the server has acknowledged.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { useSyncExternalStore } from "react";
import { Upload, type DetailedError } from "tus-js-client";

import { Upload_State } from "../gen/quantix/image/v1/image_pb";
import { uploads as service } from "./clients";
import { csrfHeaders } from "./csrf";

export type UploadState = "sending" | "paused" | "waiting" | "wants-file" | "failed";

export interface UploadView {
  id: string;
  title: string;
  /** Name of the image that it fills. */
  image: string;
  state: UploadState;
  sent: number;
  size: number;
  /** Bytes a second over the last seconds; undefined while unknown. */
  rate: number | undefined;
  problem: string;
}

export interface NewUpload {
  file: File;
  imageId: string;
  displayName: string;
  kind: string;
  /** Name of the folder that it is put into; empty for the top. */
  folder: string;
}

interface Remembered {
  id: string;
  title: string;
  image: string;
  size: number;
  /** When the file was changed last, in milliseconds; with its size it tells files apart. */
  changed: number;
  url: string;
}

const PATH = "/api/v1/images/uploads";
const CHUNK = 16 << 20;
const KEY = "qvdc.uploads";
/** Pauses between tries, in milliseconds; after any progress they begin anew. Then a person has to resume. */
const PAUSES = [0, 1_000, 2_000, 4_000, 8_000, 15_000, ...Array<number>(120).fill(30_000)];

let views: readonly UploadView[] = remembered().map((each) => ({
  id: each.id,
  title: each.title,
  image: each.image,
  size: each.size,
  state: "wants-file",
  sent: 0,
  rate: undefined,
  problem: "",
}));
const running = new Map<string, Upload>();
const listeners = new Set<() => void>();

function remembered(): Remembered[] {
  return JSON.parse(localStorage.getItem(KEY) ?? "[]") as Remembered[];
}

function remember(change: (all: Remembered[]) => Remembered[]): void {
  localStorage.setItem(KEY, JSON.stringify(change(remembered())));
}

function put(id: string, change: Partial<UploadView>): void {
  views = views.map((each) => (each.id === id ? { ...each, ...change } : each));
  for (const listener of listeners) listener();
}

function drop(id: string): void {
  views = views.filter((each) => each.id !== id);
  running.delete(id);
  remember((all) => all.filter((each) => each.id !== id));
  for (const listener of listeners) listener();
}

export const useUploads = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => views,
  );

export function startUpload(given: NewUpload): void {
  const { file, imageId, displayName } = given;
  const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const view: UploadView = { id, title: displayName || imageId, image: `images/${imageId}`, state: "sending", sent: 0, size: file.size, rate: undefined, problem: "" };
  views = [...views, view];
  const metadata = { filename: file.name, image_id: imageId, display_name: displayName, kind: given.kind, folder: given.folder };
  send(id, file, Object.fromEntries(Object.entries(metadata).filter(([, value]) => value)));
}

const nameOf = (url: string): string => `image-uploads/${url.slice(url.lastIndexOf("/") + 1)}`;

/** Learn how far the uploads of before a reload came; those that the site no longer has are forgotten. */
export async function recallUploads(): Promise<void> {
  for (const { id, url } of remembered()) {
    if (running.has(id)) continue;
    try {
      const upload = await service.getUpload({ name: nameOf(url) });
      if (upload.state === Upload_State.ACTIVE) put(id, { sent: Number(upload.offsetBytes) });
      else drop(id);
    } catch (error) {
      if (ConnectError.from(error).code === Code.NotFound) drop(id);
    }
  }
}

/** Go on with an upload of before the reload; the file must be the same. */
export function resumeUpload(id: string, file: File): void {
  const known = remembered().find((each) => each.id === id);
  if (!known) return;
  if (file.size !== known.size) return put(id, { problem: "That is another file: its size differs." });
  if (file.lastModified !== known.changed)
    return put(id, { problem: "That is another file, or it was changed since: its time of change differs." });
  put(id, { state: "sending", problem: "" });
  send(id, file, {}, known.url);
}

function send(id: string, file: File, metadata: Record<string, string>, url?: string): void {
  const started = { at: performance.now(), sent: -1 };
  const upload = new Upload(file, {
    endpoint: PATH,
    uploadUrl: url ?? null,
    metadata,
    chunkSize: CHUNK,
    retryDelays: PAUSES,
    storeFingerprintForResuming: false,
    onBeforeRequest: (request) => {
      for (const [key, value] of Object.entries(csrfHeaders())) request.setHeader(key, value);
    },
    onUploadUrlAvailable: () => {
      const { title = file.name, image = "" } = views.find((each) => each.id === id) ?? {};
      const mine: Remembered = { id, title, image, size: file.size, changed: file.lastModified, url: upload.url ?? "" };
      remember((all) => [...all.filter((each) => each.id !== id), mine]);
    },
    onProgress: (sent) => {
      if (started.sent < 0) Object.assign(started, { at: performance.now(), sent });
      const seconds = (performance.now() - started.at) / 1000;
      put(id, { state: "sending", sent, rate: seconds > 1 ? (sent - started.sent) / seconds : undefined });
    },
    onShouldRetry: (error) => {
      const status = (error as DetailedError).originalResponse?.getStatus() ?? 0;
      const again = status === 0 || status === 409 || status === 423 || status === 429 || status >= 500;
      if (again) put(id, { state: "waiting", rate: undefined });
      return again;
    },
    onError: (error) => put(id, { state: "failed", rate: undefined, problem: why(error) }),
    onSuccess: () => drop(id),
  });
  running.set(id, upload);
  upload.start();
}

function why(error: Error | DetailedError): string {
  const body = "originalResponse" in error ? error.originalResponse?.getBody() : "";
  try {
    return (JSON.parse(body ?? "") as { message?: string }).message ?? error.message;
  } catch {
    return body || "The connection was lost.";
  }
}

export function pauseUpload(id: string): void {
  void running.get(id)?.abort();
  put(id, { state: "paused", rate: undefined });
}

export function continueUpload(id: string): void {
  put(id, { state: "sending", problem: "" });
  running.get(id)?.start();
}

/** End it for good, at the server too. */
export async function cancelUpload(id: string): Promise<void> {
  const url = running.get(id)?.url ?? remembered().find((each) => each.id === id)?.url;
  await running.get(id)?.abort();
  drop(id);
  if (url) await service.cancelUpload({ name: nameOf(url) });
}
