/** How long somebody who types has to pause before the server is asked. */
export const TYPING_MS = 300;

/** Resolve after some time; reject if `signal` ends it before. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("Typed on", "AbortError"));
    });
  });
}
