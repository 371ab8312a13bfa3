// The documentation page: a reference of the OpenAPI document that is served by
// us to the last byte, for machines without the internet.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import type { ApiEnv } from './context.ts';

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

const fileOf = (name: string) => fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`));

/** /docs, its script and its style sheet. */
export function docsRoutes() {
  const app = new Hono<ApiEnv>();
  const js = { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=3600' };

  app.get('/docs', (c) => c.html(PAGE));
  app.get('/docs/start.js', (c) => c.body(START, 200, js));
  app.get('/docs/reference.js', async (c) =>
    c.body(await readFile(fileOf('swagger-ui-bundle.js'), 'utf8'), 200, js),
  );
  app.get('/docs/reference.css', async (c) =>
    c.body(await readFile(fileOf('swagger-ui.css'), 'utf8'), 200, {
      ...js,
      'content-type': 'text/css; charset=utf-8',
    }),
  );
  return app;
}
