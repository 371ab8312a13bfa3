// An embedded object store of a test's own, and raw requests to it.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStorage, type Storage } from '@meeboter/chassis/storage.ts';
import { afterEach, beforeEach, expect } from 'vitest';
import { testSettings } from '../../../../e2e/support/test-settings.ts';
import { type EmbeddedS3, startEmbeddedS3 } from '../../s3.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
export const MIB = 1024 * 1024;

export interface TestStore {
  /** Where its files are. */
  dir: string;
  /** Our own client of it. */
  storage: Storage;
  /** What its log said. */
  told: { fields: { file?: string; moved_to?: string }; message: string }[];
  endpoint: string;
  storageWith(overrides: Record<string, string>): Storage;
  stop(): Promise<void>;
  /** Starts it after `stop`, on the same folder or on another. */
  start(folder?: string): Promise<void>;
  /** Stores an object as bots store evidence. */
  keep(key: string, text: string, type?: string): Promise<void>;
  linkTo(key: string): Promise<string>;
  partUrl(key: string, uploadId: string, number: number): Promise<string>;
  /** Every file below a folder of the store, by its path there. */
  files(below?: string): string[];
  /** Does this after the test, the last one first. */
  afterwards(step: () => unknown): void;
}

/** A store with a bucket for each test of the file. */
export function testStore(): TestStore {
  const undo: (() => unknown)[] = [];
  let s3: EmbeddedS3;
  const store: TestStore = {
    dir: '',
    storage: undefined as never,
    told: [],
    endpoint: '',
    storageWith: (overrides) =>
      openStorage(
        testSettings({
          S3_ENDPOINT: s3.endpoint,
          S3_ACCESS_KEY_ID: credentials.accessKeyId,
          S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          ...overrides,
        }),
      ),
    stop: () => s3.stop(),
    async start(folder = store.dir) {
      store.dir = folder;
      store.told = [];
      const tell = (fields: object, message: string) => void store.told.push({ fields, message });
      const log = { warn: tell as never, error: tell as never };
      s3 = await startEmbeddedS3({ dir: folder, port: 0, credentials, log });
      store.endpoint = s3.endpoint;
      store.storage = store.storageWith({});
    },
    async keep(key, text, type = 'image/png') {
      const url = await store.storage.presignPut(key, type, Buffer.byteLength(text));
      expect((await put(url, text, { 'content-type': type })).status).toBe(200);
    },
    linkTo: async (key) => (await store.storage.presignGet(key, 'file')).url,
    partUrl: async (key, uploadId, number) => (await store.storage.presignPart(key, uploadId, number)).url,
    files: (below = store.dir) =>
      readdirSync(below, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(below.length + 1))
        .sort(),
    afterwards: (step) => void undo.push(step),
  };
  beforeEach(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meeboter-s3-'));
    undo.push(() => rmSync(folder, { recursive: true, force: true }));
    await store.start(folder);
    undo.push(() => s3.stop());
    await store.storage.ensureBucket();
  });
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  return store;
}

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Sends a request exactly as it is written: fetch would tidy the target up. */
export function send(url: string, { method = 'GET', headers = {}, body }: Sent = {}) {
  const [, host = '', path = ''] = url.match(/^http:\/\/([^/]+)(.*)$/) ?? [];
  const [hostname, port] = host.split(':');
  return new Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>(
    (resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const sent = request(
        { hostname, port, path, method, headers: { ...length, ...headers } },
        async (answer) => {
          const chunks: Buffer[] = [];
          for await (const chunk of answer) chunks.push(chunk as Buffer);
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(chunks).toString(),
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    },
  );
}

export const put = (url: string, body: string | Buffer, headers: Sent['headers'] = {}) =>
  send(url, { method: 'PUT', body, headers });

/** The code of S3's error. */
export const codeOf = (answer: { text: string }) => answer.text.match(/<Code>(\w+)/)?.[1];
