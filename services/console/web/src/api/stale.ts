/** Computed answers become old when news arrive; asked again at most this often. */
import type { QueryClient, QueryKey } from "@tanstack/react-query";

const EVERY_MS = 600;
const planned = new Map<string, number>();

/** Have what is on screen below `key` asked for again soon; many calls make one. */
export function becomesOld(client: QueryClient, key: QueryKey): void {
  const id = JSON.stringify(key);
  if (planned.has(id)) return;
  planned.set(
    id,
    window.setTimeout(() => {
      planned.delete(id);
      void client.invalidateQueries({ queryKey: key });
    }, EVERY_MS),
  );
}
