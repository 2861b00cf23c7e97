/** What the door says when it refuses: reason, facts and fields, out of the error's details. */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { Code, ConnectError } from "@connectrpc/connect";

export interface FieldProblem {
  field: string;
  description: string;
}

export interface Refusal {
  code: Code;
  /** UPPER_SNAKE and stable; the code's name where the server gave none. */
  reason: string;
  message: string;
  facts: ReadonlyArray<readonly [string, string]>;
  fields: readonly FieldProblem[];
}

/** Reads the refusal out of whatever a call threw. */
export function toRefusal(error: unknown): Refusal {
  const connect = ConnectError.from(error);
  let reason = "";
  let facts: Array<readonly [string, string]> = [];
  let fields: FieldProblem[] = [];
  for (const detail of connect.details) {
    if (!("type" in detail) || !(detail.value instanceof Uint8Array)) continue;
    if (detail.type === "google.rpc.ErrorInfo") ({ reason, facts } = readErrorInfo(detail.value));
    if (detail.type === "google.rpc.BadRequest") fields = readBadRequest(detail.value);
  }
  return {
    code: connect.code,
    reason: reason || codeName(connect.code),
    message: messageOf(connect),
    facts,
    fields,
  };
}

/** Why fields are refused, by their path without `prefix`; empty for another refusal. */
export function fieldProblems(error: unknown, prefix: string): Readonly<Record<string, string>> {
  if (!error) return {};
  const { fields } = toRefusal(error);
  return Object.fromEntries(fields.map(({ field, description }) => [field.replace(prefix, ""), sentence(description)]));
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

function messageOf(error: ConnectError): string {
  if (error.code === Code.Unavailable && !error.rawMessage) return "The service does not answer.";
  if (error.cause instanceof TypeError) return "The site cannot be reached from this browser.";
  return error.rawMessage;
}

function codeName(code: Code): string {
  return (Code[code] ?? "UNKNOWN").replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}

const advice: Partial<Record<Code, string>> = {
  [Code.Unauthenticated]: "Sign in again.",
  [Code.PermissionDenied]: "Ask an administrator for the permission.",
  [Code.NotFound]: "It may have been deleted. Go back to the list.",
  [Code.Aborted]: "Somebody changed it meanwhile. Look at it as it is now, then try again.",
  [Code.Unavailable]: "Try again in a moment; nothing was changed.",
  [Code.DeadlineExceeded]: "Look whether it happened before trying again.",
  [Code.InvalidArgument]: "Correct the value and try again.",
  [Code.AlreadyExists]: "Choose another name.",
  [Code.ResourceExhausted]: "Free something or add capacity, then try again.",
  [Code.FailedPrecondition]: "Change what stands in the way, then try again.",
};

/** What a person can do about it. */
export function whatToDo(refusal: Refusal): string {
  return advice[refusal.code] ?? "Try again; if it stays so, give the reason to support.";
}

function readErrorInfo(bytes: Uint8Array) {
  const reader = new BinaryReader(bytes);
  let reason = "";
  const facts: Array<readonly [string, string]> = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === WireType.LengthDelimited) reason = reader.string();
    else if (field === 3 && type === WireType.LengthDelimited) facts.push(readPair(reader.bytes()));
    else reader.skip(type, field);
  }
  return { reason, facts };
}

function readBadRequest(bytes: Uint8Array): FieldProblem[] {
  const reader = new BinaryReader(bytes);
  const found: FieldProblem[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === WireType.LengthDelimited) {
      const [name, description] = readPair(reader.bytes());
      found.push({ field: name, description });
    } else reader.skip(type, field);
  }
  return found;
}

function readPair(bytes: Uint8Array): readonly [string, string] {
  const reader = new BinaryReader(bytes);
  const pair: [string, string] = ["", ""];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) pair[0] = reader.string();
    else if (field === 2) pair[1] = reader.string();
    else reader.skip(type, field);
  }
  return pair;
}
