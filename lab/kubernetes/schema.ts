// Checks the bodies of Jobs and Secrets against the schema of Kubernetes.
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { StatusError } from './status.ts';

interface Definition {
  properties?: Record<string, unknown>;
  additionalProperties?: unknown;
}

const file = new URL('./schemas/job-and-secret.json', import.meta.url);
const { definitions } = JSON.parse(readFileSync(file, 'utf8')) as { definitions: Record<string, Definition> };
for (const definition of Object.values(definitions)) {
  // The file is no strict schema: to the server an unknown field is an error all the same.
  if (definition.properties) definition.additionalProperties = false;
}
// A string by the file, and a number too by its text.
definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString'] = {
  type: ['string', 'integer'],
} as Definition;

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema({ $id: 'kubernetes', definitions });
const compiled = new Map<string, ValidateFunction>();

/** What is wrong with `body` by one of the definitions, such as `io.k8s.api.batch.v1.Job`. */
export function schemaErrors(definition: string, body: unknown): ErrorObject[] {
  let validate = compiled.get(definition);
  if (!validate) {
    validate = ajv.compile({ $ref: `kubernetes#/definitions/${definition}` });
    compiled.set(definition, validate);
  }
  return validate(body) ? [] : (validate.errors ?? []);
}

const path = ({ instancePath }: ErrorObject) => instancePath.slice(1).replaceAll('/', '.');

/** Throws as the server does: 400 for fields that do not exist, 422 for values that are wrong or missing. */
export function checkBody(definition: string, body: unknown, isStrict: boolean): void {
  const errors = schemaErrors(definition, body);
  const unknown = errors.filter(({ keyword }) => keyword === 'additionalProperties');
  if (isStrict && unknown.length > 0) {
    const fields = unknown.map(
      (it) => `unknown field "${[path(it), it.params.additionalProperty].filter(Boolean).join('.')}"`,
    );
    throw new StatusError(400, 'BadRequest', `strict decoding error: ${fields.join(', ')}`);
  }
  const wrong = errors.filter((it) => !unknown.includes(it));
  if (wrong.length > 0) {
    const causes = wrong.map((it) => ({ field: path(it), message: it.message }));
    const message = causes.map(({ field, message: what }) => `${field}: Invalid value: ${what}`).join(', ');
    throw new StatusError(422, 'Invalid', message, { causes });
  }
}
