// Checks requests against Coolify's own OpenAPI file: openapi.json holds the operations that a client of ours uses, copied
// from it. Where the server is known to differ from the file, the server counts.
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { z } from 'zod';

const schemaOf = z.record(z.string(), z.unknown());
const operationSchema = z.object({
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        schema: schemaOf.optional(),
      }),
    )
    .default([]),
  requestBody: z
    .object({ content: z.object({ 'application/json': z.object({ schema: schemaOf }) }) })
    .optional(),
});
const fileSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), operationSchema)) });

/** What the file requires and the server does not: either field of the environment will do. */
const NOT_REQUIRED = ['environment_uuid'];

const file = fileSchema.parse(JSON.parse(readFileSync(new URL('./openapi.json', import.meta.url), 'utf8')));
const ajv = new Ajv({ allErrors: true, strict: false, coerceTypes: false });

/** Paths with a fixed part go before those with a parameter in its place. */
const paths = Object.keys(file.paths).toSorted((a, b) => a.split('{').length - b.split('{').length);

/** Compiled when this file is loaded: that takes time, which no request should have to wait for. */
const bodies = new Map<unknown, ValidateFunction>(
  Object.values(file.paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ requestBody }) => {
      const schema = requestBody?.content['application/json'].schema;
      return schema ? [[schema, ajv.compile(asServer(schema))] as const] : [];
    }),
  ),
);

/** What is wrong with a request, by the file. Empty: nothing. */
export function violationsOf(request: {
  method: string;
  path: string;
  query: Readonly<Record<string, string>>;
  body: unknown;
}): string[] {
  const method = request.method.toLowerCase();
  const path = paths.find((it) => patternOf(it).test(request.path) && file.paths[it]?.[method]);
  const operation = path === undefined ? undefined : file.paths[path]?.[method];
  const name = `${request.method} ${path ?? request.path}`;
  if (!operation) return [`${name}: the file has no such operation`];
  const known = operation.parameters.filter((it) => it.in === 'query');
  const unknown = Object.keys(request.query).filter(
    (it) => !known.some((parameter) => parameter.name === it),
  );
  const found = unknown.map((it) => `${name}: the file has no parameter ${it}`);
  const schema = operation.requestBody?.content['application/json'].schema;
  if (!schema) return request.body === undefined ? found : [...found, `${name}: takes no body`];
  const validate = bodies.get(schema);
  if (validate?.(request.body) === false) found.push(`${name}: ${ajv.errorsText(validate.errors)}`);
  return found;
}

/** The fields of a body that the file knows. */
export function fieldsOf(method: string, path: string): string[] {
  const schema = file.paths[path]?.[method]?.requestBody?.content['application/json'].schema;
  return Object.keys(schemaOf.parse(schema?.properties ?? {}));
}

/** The server refuses fields that it does not know; the file allows them. */
function asServer(schema: Record<string, unknown>): Record<string, unknown> {
  const required = z.array(z.string()).catch([]).parse(schema.required);
  return {
    ...schema,
    type: 'object',
    required: required.filter((it) => !NOT_REQUIRED.includes(it)),
    additionalProperties: false,
  };
}

const patternOf = (path: string) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
