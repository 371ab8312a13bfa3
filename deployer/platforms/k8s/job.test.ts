// What we send to the cluster, checked against the schema of Kubernetes.
import { expect, it } from 'vitest';
import { schemaErrors } from '../../../lab/kubernetes/schema.ts';
import { imageOf, jobOf, secretOf } from './job.ts';
import { labelsOf, nameOf } from './names.ts';
import { IMAGE, specOf } from './testing/cluster.ts';

const JOB = 'io.k8s.api.batch.v1.Job';

it('sends Jobs and Secrets that the schema knows', () => {
  expect(schemaErrors(JOB, jobOf(specOf(), IMAGE))).toEqual([]);
  expect(schemaErrors('io.k8s.api.core.v1.Secret', secretOf(specOf(), 'uid'))).toEqual([]);
});

it('would notice a mistake in them', () => {
  const job = jobOf(specOf(), IMAGE);
  expect(schemaErrors(JOB, { ...job, spec: { ...job.spec, backofLimit: 0 } })).toHaveLength(1);
  expect(schemaErrors(JOB, { ...job, spec: { ...job.spec, ttlSecondsAfterFinished: '1' } })).toHaveLength(1);
});

it('names objects so that Kubernetes takes the names, and no two deployments share one', () => {
  const ids = ['dep_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'dep_01arz3ndektsv4rrffq69g5fav', `dep_${'x'.repeat(200)}`];
  const names = ids.map(nameOf);
  // The names of pods add six characters, and are labels too.
  for (const name of names) expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,55}[a-z0-9])$/);
  expect(new Set(names).size).toBe(3);
  const labels = labelsOf({ ...specOf(), deploymentId: ids[0] ?? '' });
  for (const label of Object.values(labels)) expect(label).toMatch(/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/);
});

it('takes an image by tag or digest', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  expect(imageOf('registry.example.org/x/', '1.2')).toBe('registry.example.org/x/meeboter-bot:1.2');
  expect(imageOf('registry.example.org', digest)).toBe(`registry.example.org/meeboter-bot@${digest}`);
});

it('lets the bot do no more than it needs', () => {
  const { template } = jobOf(specOf(), IMAGE).spec ?? {};
  expect(template?.spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1_000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
  });
});
