// The Helm chart, rendered by the renderer in testing/, which knows the subset of Go templates that the chart uses.
import { fileURLToPath } from 'node:url';
import { readApiSettings, readDeployerSettings, readSchedulerSettings } from '@meeboter/chassis/env.ts';
import { describe, expect, it } from 'vitest';
import { NEEDED_RIGHTS, QUOTA_RIGHT } from '../../deployer/platforms/k8s/access.ts';
import { jobOf } from '../../deployer/platforms/k8s/job.ts';
import { IMAGE, specOf } from '../../deployer/platforms/k8s/testing/cluster.ts';
import { schemaErrors } from '../../lab/kubernetes/schema.ts';
import { modelErrors } from './testing/models.ts';
import { parseTemplate } from './testing/parse.ts';
import { renderChart } from './testing/render.ts';

const DIR = fileURLToPath(new URL('./meeboter', import.meta.url));
const NEEDED = {
  image: { registry: 'registry.example.org/x', tag: '1.0' },
  api: { publicUrl: 'https://bots.example.org' },
};
const autoscaling = { enabled: true };
const FULL = {
  image: { ...NEEDED.image, pullSecrets: [{ name: 'registry' }] },
  pool: { PLATFORM_PRIORITY: 'k8s,aws', AWS_BOT_LIMIT: '20' },
  store: { S3_ENDPOINT: 'https://s3.example.org' },
  api: { ...NEEDED.api, autoscaling, env: { LOG_LEVEL: 'debug', SIGNED_URL_TTL_SECONDS: '60' } },
  scheduler: { autoscaling },
  deployer: { autoscaling, env: { AWS_REGION: 'eu-central-1' }, serviceAccountAnnotations: { role: 'x' } },
  bots: {
    env: { K8S_BOT_CPU_LIMIT: '3' },
    networkPolicy: { extraEgress: [{ to: [{ ipBlock: { cidr: '10.1.0.0/24' } }] }] },
    podDisruptionBudget: { enabled: true },
  },
  nodeSelector: { pool: 'servers' },
  tolerations: [{ key: 'x', operator: 'Exists' }],
};
const BARE = {
  ...NEEDED,
  bots: { createNamespace: false, networkPolicy: { enabled: false } },
  podDisruptionBudget: { enabled: false },
};

type Any = Record<string, unknown>;
interface Container {
  env: { name: string; value?: string; valueFrom?: { secretKeyRef: { key: string; optional?: boolean } } }[];
  image: string;
}
const render = (values: object) => renderChart(DIR, values as Any);
const of = (values: object, kind: string, name: string) => {
  const object = render(values).objects.find((it) => it.kind === kind && it.metadata.name === name);
  if (!object) throw new Error(`the chart has no ${kind} ${name}`);
  return object;
};
const containerOf = (values: object, name: string): Container => {
  const { template } = of(values, 'Deployment', `mb-${name}`).spec as {
    template: { spec: { containers: Container[] } };
  };
  return template.spec.containers[0] as Container;
};

describe.each([
  ['the values that are needed', NEEDED],
  ['every value', FULL],
  ['everything off', BARE],
])('with %s', (_name, values) => {
  const { objects, texts } = render(values);

  it('renders manifests whose fields exist and have the right types', () => {
    expect(objects.flatMap(modelErrors)).toEqual([]);
    expect(new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size).toBe(
      objects.length,
    );
    expect([...texts.values()].join()).not.toMatch(/undefined|\[object/);
  });

  it('renders pods and Jobs that fit the schema of Kubernetes', () => {
    for (const { kind, spec } of objects) {
      if (kind !== 'Deployment') continue;
      const errors = schemaErrors('io.k8s.api.core.v1.PodTemplateSpec', (spec as Any).template);
      expect(errors).toEqual([]);
    }
    expect(
      schemaErrors(
        'io.k8s.api.batch.v1.Job',
        objects.find(({ kind }) => kind === 'Job'),
      ),
    ).toEqual([]);
  });

  it.each([
    ['api', readApiSettings],
    ['scheduler', readSchedulerSettings],
    ['deployer', readDeployerSettings],
  ] as const)('gives the %s settings that it accepts, and no secret beyond its own', (name, read) => {
    const { env } = containerOf(values, name);
    const secrets: Record<string, string> = {
      DATABASE_URL: 'postgresql://x@database/x',
      MEEBOTER_SECRET: 'a secret of the tests, long enough to pass',
    };
    const given = env.map((it) => [it.name, it.value ?? secrets[it.valueFrom?.secretKeyRef.key ?? '']]);
    expect(() => read(Object.fromEntries(given))).not.toThrow();
    expect(new Set(env.map((it) => it.name)).size, 'a variable stands twice').toBe(env.length);
    const keys = env.flatMap((it) => it.valueFrom?.secretKeyRef.key ?? []);
    // Nobody is told a secret that it does not read.
    expect(keys.includes('S3_SECRET_ACCESS_KEY')).toBe(name !== 'deployer');
    expect(keys.includes('MEEBOTER_SECRET')).toBe(name !== 'scheduler');
  });
});

it('grants the rights that the deployer checks, and no others', () => {
  const { rules, metadata } = of(NEEDED, 'Role', 'mb-deployer') as unknown as {
    rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
    metadata: { namespace: string };
  };
  const granted = rules.flatMap(({ apiGroups: [group], resources: [resource], verbs }) =>
    verbs.map((verb) => ({ group, resource, verb })),
  );
  expect(granted).toEqual([...NEEDED_RIGHTS, QUOTA_RIGHT]);
  expect(metadata.namespace).toBe('meeboter-bots');
});

it('tells the deployer the namespace, the image, and the address of the API inside', () => {
  const { env, image } = containerOf(NEEDED, 'deployer');
  expect(image).toBe('registry.example.org/x/meeboter-deployer:1.0');
  expect(env).toEqual(
    expect.arrayContaining([
      { name: 'K8S_NAMESPACE', value: 'meeboter-bots' },
      { name: 'K8S_IMAGE_REGISTRY', value: 'registry.example.org/x' },
      { name: 'API_INTERNAL_URL', value: 'http://mb-api.meeboter.svc:3000' },
    ]),
  );
});

it('selects the pods of bots by the labels that they have', () => {
  const job = jobOf(specOf(), IMAGE);
  for (const kind of ['NetworkPolicy', 'PodDisruptionBudget']) {
    const policy = of(FULL, kind, 'mb-bots').spec as Record<string, { matchLabels: Record<string, string> }>;
    const selector = policy.podSelector ?? policy.selector;
    expect(job.spec?.template.metadata?.labels).toMatchObject(selector?.matchLabels ?? { none: '' });
  }
});

it('keeps bots from everything inside but DNS and the API', () => {
  const { policyTypes, ingress, egress } = of(NEEDED, 'NetworkPolicy', 'mb-bots').spec as {
    policyTypes: string[];
    ingress: unknown[];
    egress: { to: { ipBlock?: { cidr: string; except: string[] } }[]; ports?: { port: number }[] }[];
  };
  expect(policyTypes).toEqual(['Ingress', 'Egress']);
  expect(ingress).toEqual([]);
  const [dns, api, internet] = egress;
  expect(dns?.ports?.map(({ port }) => port)).toEqual([53, 53]);
  expect(api?.ports?.map(({ port }) => port)).toEqual([3000]);
  expect(internet?.to[0]?.ipBlock).toMatchObject({
    cidr: '0.0.0.0/0',
    // At 169.254.169.254 clouds hand out the credentials of the machine.
    except: expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16']),
  });
  expect(egress).toHaveLength(3);
});

it('leaves the number of replicas to the autoscaler', () => {
  for (const name of ['api', 'scheduler', 'deployer']) {
    expect(of(NEEDED, 'Deployment', `mb-${name}`).spec).toMatchObject({ replicas: 2 });
    expect(of(FULL, 'Deployment', `mb-${name}`).spec).not.toHaveProperty('replicas');
    expect(of(FULL, 'HorizontalPodAutoscaler', `mb-${name}`)).toBeDefined();
  }
});

it.each([
  ['image.registry', { ...NEEDED, image: { tag: '1' } }],
  ['image.tag', { ...NEEDED, image: { registry: 'x' } }],
  ['api.publicUrl', { image: NEEDED.image }],
])('names the value %s when it is missing', (name, values) => {
  expect(() => render(values)).toThrow(`${name} is required`);
});

describe('the checks themselves', () => {
  const deployment = of(NEEDED, 'Deployment', 'mb-api');
  it.each([
    [
      'a field that does not exist',
      { ...deployment, spec: { replica: 2 } },
      'Deployment.spec.replica does not exist',
    ],
    [
      'a wrong type',
      { ...deployment, spec: { replicas: '2' } },
      'Deployment.spec.replicas is no number, but "2"',
    ],
    [
      'another kind',
      { ...deployment, kind: 'DaemonSet' },
      'apps/v1 DaemonSet is no kind that the chart may use',
    ],
  ])('find %s', (_name, object, error) => {
    expect(modelErrors(object)).toEqual([error]);
  });

  it.each(['{{ if .x }}', '{{ .x | }}', '{{ "a" "b" }}', '{{ (eq 1 1 }}'])(
    'refuse a template that they do not understand: %s',
    (source) => {
      expect(() => parseTemplate(source)).toThrow();
    },
  );
});
