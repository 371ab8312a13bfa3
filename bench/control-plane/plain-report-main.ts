// Baseline: a server that does the minimum with a report. It reads it, updates one row, and answers.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { readDatabaseSettings } from '@meeboter/chassis/env.ts';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: readDatabaseSettings().DATABASE_URL, max: 10 });
const server = createServer((request, response) => {
  void text(request).then(async (body) => {
    const { client } = JSON.parse(body) as { client: number };
    await pool.query({
      name: 'plain_report',
      text: 'UPDATE plain_reports SET seq = seq + 1, at = now() WHERE id = $1',
      values: [client],
    });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{}');
  });
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
