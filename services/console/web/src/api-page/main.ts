/** The page that browses REST: the document of this very door, tried out with the reader's own session. */
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";

import "./page.css";
import { csrfHeaders, keepCsrfToken } from "../api/csrf";

const DOCUMENT = "/api/v1/openapi.json";
const SESSION = "/api/v1/auth/session";
const SAFE = new Set(["GET", "HEAD"]);

function say(text: string, link?: { to: string; text: string }): void {
  const place = document.getElementById("api");
  const line = document.createElement("p");
  line.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.to;
    anchor.textContent = link.text;
    line.append(" ", anchor);
  }
  place?.replaceChildren(line);
}

async function open(): Promise<void> {
  const session = await fetch(SESSION, { credentials: "same-origin" });
  if (session.status === 401) return say("Sign in to read the API's document.", { to: "/", text: "Sign in" });
  if (!session.ok) return say(`The door answers ${session.status}; try again soon.`);
  const { csrfToken } = (await session.json()) as { csrfToken?: string };
  keepCsrfToken(csrfToken ?? "");
  SwaggerUI({
    url: DOCUMENT,
    domNode: document.getElementById("api"),
    deepLinking: true,
    filter: true,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    // No call to a validator of others.
    validatorUrl: null,
    requestInterceptor(request) {
      request.credentials = "same-origin";
      if (!SAFE.has((request.method ?? "GET").toUpperCase())) Object.assign(request.headers, csrfHeaders());
      return request;
    },
  });
}

open().catch(() => say("The door does not answer; try again soon."));
