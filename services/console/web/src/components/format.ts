/** Numbers, sizes and times as people read them. Unknown is a dash, never a zero. */
import type { Timestamp } from "@bufbuild/protobuf/wkt";

export const UNKNOWN = "–";

const STEPS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

export function bytes(value: bigint | number | undefined): string {
  if (value === undefined) return UNKNOWN;
  let amount = Number(value);
  let step = 0;
  while (amount >= 1024 && step < STEPS.length - 1) {
    amount /= 1024;
    step += 1;
  }
  const digits = step === 0 || amount >= 100 || Number.isInteger(amount) ? 0 : amount >= 10 ? 1 : 2;
  return `${amount.toFixed(digits)} ${STEPS[step]}`;
}

export function megahertz(value: bigint | number | undefined): string {
  if (value === undefined) return UNKNOWN;
  const amount = Number(value);
  return amount >= 10_000 ? `${(amount / 1000).toFixed(1)} GHz` : `${count(amount)} MHz`;
}

export function count(value: bigint | number | undefined): string {
  return value === undefined ? UNKNOWN : Number(value).toLocaleString("en-US");
}

export function percent(value: number | undefined): string {
  return value === undefined ? UNKNOWN : `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function toDate(time: Timestamp | undefined): Date | undefined {
  return time ? new Date(Number(time.seconds) * 1000 + time.nanos / 1e6) : undefined;
}

const UNITS: ReadonlyArray<readonly [limit: number, seconds: number, unit: string]> = [
  [60, 1, "s"],
  [3_600, 60, "min"],
  [86_400, 3_600, "h"],
  [Infinity, 86_400, "d"],
];

/** "3 min ago"; "now" within five seconds. */
export function relative(time: Date | undefined, now: Date = new Date()): string {
  if (!time) return UNKNOWN;
  const seconds = Math.round((now.getTime() - time.getTime()) / 1000);
  const far = Math.abs(seconds);
  if (far < 5) return "now";
  const text = span(far);
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

/** A length of time in its largest whole unit. */
export function span(seconds: number): string {
  const [, size, unit] = UNITS.find(([limit]) => seconds < limit) ?? UNITS[3]!;
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** "14:02" today, with the date otherwise. */
export function clock(time: Date | undefined, now: Date = new Date()): string {
  if (!time) return UNKNOWN;
  const same = time.toDateString() === now.toDateString();
  return time.toLocaleString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(same ? {} : { day: "numeric", month: "short" }),
  });
}

/** The last segment of a resource name. */
export const idOf = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

export const titleOf = (resource: { name: string; displayName?: string | undefined }): string =>
  resource.displayName || idOf(resource.name);

/** "power_off" or "PowerOff" as words: "Power off". */
export function words(text: string): string {
  const spaced = text.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const SIZES: Readonly<Record<string, bigint>> = {
  "": 1n << 20n,
  m: 1n << 20n,
  mib: 1n << 20n,
  g: 1n << 30n,
  gib: 1n << 30n,
  t: 1n << 40n,
  tib: 1n << 40n,
};

/** "2 GiB" as bytes; undefined if it is no size. Without a unit it means MiB. */
export function parseBytes(text: string): bigint | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(text);
  const unit = SIZES[(match?.[2] ?? "").toLowerCase()];
  if (!match || unit === undefined) return undefined;
  return (BigInt(Math.round(Number(match[1]) * 1024)) * unit) / 1024n;
}

const ID = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const isId = (text: string): boolean => ID.test(text);
export const ID_RULE = "Lower-case letters, digits and hyphens; begins with a letter; at most 63.";

/** A display name made into an id. */
export function toId(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
}
