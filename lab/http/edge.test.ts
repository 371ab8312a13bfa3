// The lab against websites that its user visits, and against readers that do not read.
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../server.ts';
import { eventually } from '../testing/guest.ts';

let lab: Lab;
let code: string;
beforeEach(async () => {
  lab = await startLab({ names: ['lab.example.org'] });
  code = lab.createMeeting({ participants: 0, access: 'open' }).code;
});
afterEach(() => lab.close());

/** Sends these headers as they are; fetch would not. Returns the status and the answer. */
function send(method: string, path: string, headers: Record<string, string> = {}, body = '') {
  const { hostname, port } = new URL(lab.origin);
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const sent = request(
      { agent: false, hostname, port, method, path, headers: { ...length, ...headers } },
      async (answer) => {
        let text = '';
        for await (const chunk of answer) text += chunk;
        resolve({ status: answer.statusCode ?? 0, text });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const knockBody = JSON.stringify({ name: 'Guest', microphone_on: false, camera_on: false });

async function knock(): Promise<string> {
  const answer = await send('POST', `/lab/guest/${code}/knock`, {}, knockBody);
  return (JSON.parse(answer.text) as { guest_id: string }).guest_id;
}

describe('the name of the lab', () => {
  it.each([
    '127.0.0.1:3001',
    '[::1]:3001',
    'localhost',
    'LOCALHOST:1',
    'meet.localhost:80',
    '10.0.0.7',
    'Lab.Example.org:443',
  ])('is %s', async (host) => {
    expect((await send('GET', '/', { host })).status).toBe(200);
  });

  it.each(['evil.example', 'evil.example:3001', '127.0.0.1.evil.example', 'localhost.evil.example'])(
    'is not %s, which may be a website that leads here',
    async (host) => {
      for (const path of ['/', '/lab/v1/meetings', `/${code}`, `/lab/v1/meetings/${code}/presence`]) {
        // Node's own answer to a request without a Host is 400.
        expect((await send('GET', path, { host })).status).toBe(421);
      }
      expect((await send('POST', '/lab/v1/meetings', { host })).status).toBe(421);
    },
  );
});

describe('the page of another site', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const others = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'cross-site' },
    // Another port of the same machine is the same site, and another origin.
    { 'sec-fetch-site': 'same-site' },
  ];

  it.each(others)('changes nothing: %j', async (headers) => {
    const guest = await knock();
    const presence = lab.presence(code);
    const attempts = [
      ['POST', '/lab/v1/meetings', '{}'],
      ['POST', `/lab/v1/meetings/${code}/actions`, '{"action": "end"}'],
      ['POST', `/lab/guest/${code}/knock`, knockBody],
      ['GET', `/lab/guest/${code}/${guest}/events`],
      ...['leave', 'consent', 'chat', 'signal'].map((what) => [
        'POST',
        `/lab/guest/${code}/${guest}/${what}`,
        '{"text": "x"}',
      ]),
    ];
    for (const [method = '', path = '', body] of attempts) {
      expect((await send(method, path, { ...form, ...headers }, body)).status).toBe(403);
    }
    expect(lab.presence(code)).toEqual(presence);
    expect(JSON.parse((await send('GET', '/lab/v1/meetings')).text)).toHaveLength(1);
  });

  it('may link to a meeting', async () => {
    expect((await send('GET', `/${code}`, { 'sec-fetch-site': 'cross-site' })).status).toBe(200);
  });

  it('is not the lab’s own, and not a program', async () => {
    const own = { origin: lab.origin, 'sec-fetch-site': 'same-origin' };
    const underName = {
      origin: 'https://lab.example.org',
      host: 'lab.example.org',
      'sec-fetch-site': 'same-origin',
    };
    for (const headers of [own, underName, {}]) {
      expect((await send('POST', '/lab/v1/meetings', headers, '{}')).status).toBe(201);
    }
  });
});

describe('what a stranger can take', () => {
  it('is no long body', async () => {
    const long = JSON.stringify({ text: 'x'.repeat(300_000) });
    // Whoever still sends when the connection is closed may not get to read the answer.
    const refused = (work: Promise<{ status: number }>) => work.then(({ status }) => status).catch(() => 413);
    expect(await refused(send('POST', '/lab/v1/meetings', {}, long))).toBe(413);
    const endless = new ReadableStream({ pull: (sink) => sink.enqueue(new TextEncoder().encode(long)) });
    const streamed = { method: 'POST', body: endless, duplex: 'half' } as RequestInit;
    expect(await refused(fetch(`${lab.origin}/lab/guest/${code}/knock`, streamed))).toBe(413);
    expect(lab.presence(code).guests).toEqual([]);
    expect((await send('GET', '/lab/v1/meetings')).status).toBe(200);
  });

  it('is no more guests than a meeting takes', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 60 }, () =>
        send('POST', `/lab/guest/${code}/knock`, {}, knockBody).then(({ status }) => status),
      ),
    );
    expect(statuses.filter((status) => status === 201)).toHaveLength(50);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
  });

  it('is no memory for events that a page does not read: it is gone then', async () => {
    const guest = await knock();
    const { hostname, port } = new URL(lab.origin);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    try {
      socket.write(`GET /lab/guest/${code}/${guest}/events HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
      await eventually(() => expect(socket.bytesRead + socket.readableLength).toBeGreaterThan(0));
      const text = '€'.repeat(200);
      await eventually(() => {
        for (let n = 0; n < 1_000; n += 1) lab.act(code, { action: 'toast', text });
        expect(lab.presence(code).guests).toMatchObject([{ left_by: 'closed' }]);
      }, 20_000);
    } finally {
      socket.destroy();
    }
  });

  it('is no more meetings than a lab keeps; ended ones make room', async () => {
    for (let n = 1; n < 1_000; n += 1) lab.createMeeting({ participants: 0 });
    const full = await send('POST', '/lab/v1/meetings', {}, '{}');
    expect([full.status, JSON.parse(full.text).code]).toEqual([503, 'too_many_meetings']);
    lab.act(code, 'end');
    expect((await send('POST', '/lab/v1/meetings', {}, '{}')).status).toBe(201);
    expect((await send('GET', `/lab/v1/meetings/${code}`)).status).toBe(404);
  });
});
