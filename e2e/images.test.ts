// The files that images are made of, as far as a look at them shows; images.long.test.ts makes them.
import { readFileSync } from 'node:fs';
import {
  readApiSettings,
  readDatabaseSettings,
  readDeployerSettings,
  readSchedulerSettings,
} from '@meeboter/chassis/env.ts';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

it.each(['server', 'bot'])('%s.Dockerfile and .dockerignore know every room', (name) => {
  const rooms = [...read('pnpm-workspace.yaml').matchAll(/^ {2}- (\w+)$/gm)].map(([, room]) => room);
  expect(rooms.length).toBeGreaterThan(5);
  for (const room of rooms) {
    expect(read(`infra/docker/${name}.Dockerfile`)).toContain(`COPY ${room}/package.json ${room}/`);
    expect(read('.dockerignore')).toMatch(new RegExp(`^!${room}(/package.json)?$`, 'm'));
  }
});

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({ environment: z.record(z.string(), z.union([z.string(), z.number()])).optional() }),
  ),
});

it.each([
  ['migrate', readDatabaseSettings],
  ['api', readApiSettings],
  ['scheduler', readSchedulerSettings],
  ['deployer', readDeployerSettings],
] as const)('compose.yaml gives %s the settings that it reads, and no others', (name, readSettings) => {
  const { services } = composeSchema.parse(parse(read('compose.yaml'), { merge: true }));
  const environment = services[name]?.environment ?? {};
  // `${NAME:?message}` has no default, `${NAME:-default}` one.
  const filledIn = Object.entries(environment).map(([variable, value]) => [
    variable,
    String(value).replace(/\$\{\w+:([?-])(.*?)\}/g, (_all, kind, text) =>
      kind === '?' ? 'x'.repeat(40) : text,
    ),
  ]);
  const settings = readSettings(Object.fromEntries(filledIn));
  const known = [...read('.env.example').matchAll(/^#?(\w+)=/gm)].map(([, variable]) => variable);
  expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
  // Of what has a value, everything is read.
  const given = filledIn.filter(([, value]) => value !== '').map(([variable]) => variable);
  expect(Object.keys(settings)).toEqual(expect.arrayContaining(given));
});
