// Watches: streams of changes, from the version that the client has seen.
import type { ServerResponse } from 'node:http';
import type { Faults } from './faults.ts';
import { selects } from './request.ts';
import { expired } from './status.ts';
import type { Change, Resource, Store } from './store.ts';

/** Answers with a stream of changes until either side ends it. */
export function serveWatch(
  store: Store,
  faults: Faults,
  resource: Resource,
  params: URLSearchParams,
  response: ServerResponse,
): void {
  const broken = faults.breakWatch;
  faults.breakWatch = null;
  if (broken === 'drop') {
    response.destroy();
    return;
  }
  const version = params.get('resourceVersion') ?? '';
  const missed = version === '' || version === '0' ? null : store.since(Number(version));
  const isTooOld = missed === null && version !== '' && version !== '0';
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const write = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);
  if (isTooOld || broken === 'stream 410') {
    write('ERROR', expired().body);
    response.end();
    return;
  }
  const tell = (change: Change) => {
    if (change.resource === resource && selects(params, change.object)) write(change.type, change.object);
  };
  if (missed) for (const change of missed) tell(change);
  else for (const object of store.all(resource).filter((it) => selects(params, it))) write('ADDED', object);
  const forget = store.onChange(tell);
  const seconds = Number(params.get('timeoutSeconds') ?? 0);
  const timer = seconds > 0 ? setTimeout(() => response.end(), seconds * 1_000) : undefined;
  response.on('close', () => {
    forget();
    clearTimeout(timer);
  });
}
