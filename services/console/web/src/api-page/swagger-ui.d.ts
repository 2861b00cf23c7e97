/** What the page uses of swagger-ui-dist, which ships no types. */
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Request {
    method?: string;
    credentials?: RequestCredentials;
    headers: Record<string, string>;
  }

  interface Options {
    url: string;
    domNode: HTMLElement | null;
    deepLinking: boolean;
    filter: boolean;
    docExpansion: "none" | "list" | "full";
    defaultModelsExpandDepth: number;
    displayRequestDuration: boolean;
    validatorUrl: null;
    requestInterceptor(request: Request): Request;
  }

  export default function SwaggerUI(options: Options): unknown;
}
