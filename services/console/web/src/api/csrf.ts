/** The CSRF guard: the session's token goes back as a header with every call that is not a GET. */
const HEADER = "x-quantix-csrf";
let token = "";

export function keepCsrfToken(value: string): void {
  token = value;
}

export function csrfHeaders(): Record<string, string> {
  return token ? { [HEADER]: token } : {};
}
