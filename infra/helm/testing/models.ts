// Checks manifests of every kind against the models that the Kubernetes client carries. They are generated from the
// OpenAPI of release 1.36, and know the fields of each kind and their types, though not which ones are required.
import * as client from '@kubernetes/client-node';

interface Model {
  getAttributeTypeMap?(): { baseName: string; type: string }[];
}

/** The model of each kind that the chart uses. */
const KINDS: Record<string, string> = {
  'v1 Namespace': 'V1Namespace',
  'v1 Service': 'V1Service',
  'v1 ServiceAccount': 'V1ServiceAccount',
  'apps/v1 Deployment': 'V1Deployment',
  'autoscaling/v2 HorizontalPodAutoscaler': 'V2HorizontalPodAutoscaler',
  'batch/v1 Job': 'V1Job',
  'networking.k8s.io/v1 NetworkPolicy': 'V1NetworkPolicy',
  'policy/v1 PodDisruptionBudget': 'V1PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1 Role': 'V1Role',
  'rbac.authorization.k8s.io/v1 RoleBinding': 'V1RoleBinding',
};

const models = client as unknown as Record<string, Model | undefined>;

/** What is wrong with an object, each with the path to it. */
export function modelErrors(object: { apiVersion: string; kind: string }): string[] {
  const name = `${object.apiVersion} ${object.kind}`;
  const model = KINDS[name];
  return model === undefined
    ? [`${name} is no kind that the chart may use`]
    : check(model, object, object.kind);
}

function check(type: string, value: unknown, path: string): string[] {
  const [, item] = /^Array<(.+)>$/.exec(type) ?? [];
  if (item !== undefined) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((it, index) => check(item, it, `${path}[${index}]`));
  }
  const [, valueType] = /^\{ \[key: string\]: (.+); \}$/.exec(type) ?? [];
  const attributes = models[type]?.getAttributeTypeMap?.();
  if (valueType !== undefined || attributes) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return [`${path} is no map`];
    return Object.entries(value).flatMap(([key, it]) => {
      const known = valueType ?? attributes?.find(({ baseName }) => baseName === key)?.type;
      return known === undefined ? [`${path}.${key} does not exist`] : check(known, it, `${path}.${key}`);
    });
  }
  if (type === 'IntOrString')
    return ['string', 'number'].includes(typeof value) ? [] : [`${path} is no ${type}`];
  if (['string', 'number', 'boolean'].includes(type) && typeof value !== type) {
    return [`${path} is no ${type}, but ${JSON.stringify(value)}`];
  }
  return [];
}
