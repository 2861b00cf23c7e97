/** What every refusal reason means and what to do: the texts of `qvdc explain`, and a page's own where those name commands. */
import { useQuery } from "@tanstack/react-query";

import { keys } from "./keys";

export interface Reason {
  meaning: string;
  /** Undefined where all that is known is a command. */
  todo: string | undefined;
}

interface Told {
  meaning: string;
  todo: string;
}

/** What to do where a person is at a page, not at a command line. */
export const HERE: Readonly<Record<string, string>> = {
  ACCESS_TOKEN_INVALID: "Sign in again.",
  CLUSTER_NOT_EMPTY: "Remove the hosts first, on the cluster's Hosts tab.",
  DELETE_PROTECTED: "Take the protection off first.",
  GUEST_IGNORED_SHUTDOWN: "Try again, or power the machine off.",
  HARDWARE_UNRECOGNISED: "Make sure that the old hardware is off, then confirm the changed hardware in the host's menu.",
  IDEMPOTENCY_KEY_REUSED: "Try again; the page sends a new request.",
  IDENTITY_IN_USE: "Switch the old host off, or accept the new one as a host of its own.",
  IMAGE_NOT_READY: "Wait until the image is ready; the Images page shows how far it is.",
  INVALID_POWER_STATE: "Look at the state of the machine, then choose a verb that fits it.",
  KEY_INVALID: "Sign in.",
  KEY_MISSING: "Sign in.",
  NODE_ALIVE: "Enter maintenance first, so that it is emptied; then remove it without force.",
  NODE_HAS_RUNNING_VMS: "Drain the host first, or stop the machines on it.",
  NODE_IN_OTHER_CLUSTER: "Remove it from that cluster first.",
  NODE_NOT_MEMBER: "Look at the cluster's Hosts tab: somebody may have removed it.",
  NODE_REMOVED: "Let the host join again with a new token.",
  NODE_UNREACHABLE: "Look at the host: its phase and conditions say what is wrong.",
  NOTHING_TO_ADOPT: "Name the older host that it was.",
  NOT_CANCELLABLE: "Look at the Operations page: it may have ended.",
  NOT_FOUND: "It may have been deleted. Go back to the list.",
  NO_PLACEMENT: "Look at the verdict of each host; ask for less, or add hosts.",
  PASSWORD_CHANGE_REQUIRED: "Choose your own password.",
  PERMISSION_MISSING: "Ask an administrator for a role with the permission.",
  POOL_NOT_ASSIGNED: "Give the pool to the host, or place the machine on a host that has it.",
  POOL_NOT_READY: "Look at the pool's page for what its hosts say; mend it there.",
  POOL_OVERCOMMITTED: "Compare the numbers; free room, name another pool, or raise the pool's ratio.",
  SERVICE_UNAVAILABLE: "Wait a moment and try again; if it stays so, look at that service.",
  SESSION_ENDED: "Sign in again.",
  SIGN_IN_LOCKED: "Wait as long as it says, or ask an administrator to unlock the user.",
  TOKEN_EXHAUSTED: "Make a new token for more hosts.",
  TOKEN_EXPIRED: "Make a new token.",
  TOKEN_INVALID: "Make a new token.",
  UNAUTHENTICATED: "Sign in again.",
  UNKNOWN_FIELD: "Load this page again: it is older or newer than the site.",
  UPLOAD_OFFSET: "Resume the upload: it asks where to go on.",
  WIPE_NOT_CONFIRMED: "Type the pool's name, or keep the files.",
};

async function readReasons(): Promise<Readonly<Record<string, Told>>> {
  const { default: told } = await import("../gen/reasons.json");
  return told;
}

const COMMAND = /`|--|qvdc/;

/** What to do, in words for a page. */
export function todoOf(name: string, { todo }: Told): string | undefined {
  return HERE[name] ?? (COMMAND.test(todo) ? undefined : todo);
}

/** The reason's text; undefined while it is read, and for a reason that this release does not know. */
export function useReason(name: string): Reason | undefined {
  const told = useQuery({ queryKey: keys.reasons, queryFn: readReasons, staleTime: Infinity }).data?.[name];
  return told && { meaning: told.meaning, todo: todoOf(name, told) };
}
