// POST over keep-alive connections. It uses node:http instead of fetch, because on a small machine the client's CPU
// time is missing in what is measured.
import { type Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** Sends JSON and returns the parsed answer. Throws for an answer other than 2xx. Sends once more after ECONNRESET, when an idle connection was closed. */
export async function post(agent: Agent, url: string, body: unknown, token?: string): Promise<unknown> {
  try {
    return await send(agent, url, body, token);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    return send(agent, url, body, token);
  }
}

function send(agent: Agent, url: string, body: unknown, token?: string): Promise<unknown> {
  const content = JSON.stringify(body);
  return new Promise((done, failed) => {
    const outgoing = request(
      url,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(content),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        const status = response.statusCode ?? 0;
        text(response).then((answer) => {
          if (status >= 200 && status < 300) done(answer === '' ? null : JSON.parse(answer));
          else failed(new Error(`${url}: ${status} ${answer}`));
        }, failed);
      },
    );
    outgoing.once('error', failed);
    outgoing.end(content);
  });
}
