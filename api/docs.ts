// The documentation page: Swagger UI over our OpenAPI document. All of it is served
// from here, for machines without the internet.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import type { ApiEnv } from './context.ts';
import { bytesOf, staticFile } from './static-file.ts';

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Meeboter API</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/docs/reference.css">
</head>
<body>
  <main id="reference"></main>
  <noscript>The reference needs JavaScript. The document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
  <script src="/docs/reference.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>`;

const START = `SwaggerUIBundle({
  dom_id: '#reference',
  url: '/openapi.json',
  deepLinking: true,
  persistAuthorization: true,
  validatorUrl: null,
});
`;

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/** A file of Swagger UI. It changes only with a new version of the package. */
const swagger = (name: string, type: string) =>
  staticFile(async () => ({
    content: new Uint8Array(await readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)))),
    type,
    maxAgeSeconds: 3_600,
  }));
const own = (text: string, type: string) =>
  staticFile(() => ({ content: bytesOf(text), type, maxAgeSeconds: 0 }));

/** /docs, its scripts and its style sheet. */
export function docsRoutes() {
  return new Hono<ApiEnv>()
    .get('/docs', own(PAGE, 'text/html; charset=utf-8'))
    .get('/docs/start.js', own(START, SCRIPT))
    .get('/docs/reference.js', swagger('swagger-ui-bundle.js', SCRIPT))
    .get('/docs/reference.css', swagger('swagger-ui.css', STYLE));
}
