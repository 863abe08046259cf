// Webhooks as their senders sign them, and a receiver that they are forwarded to.

import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const Key = Buffer.from('a key of the black-box suite, 32 bytes'.slice(0, 32));
// The one of docs/objects/webhook-queue.md.
const GitHubSecret = 'a secret of yours';

/** The environment of a host with the sources `shop` and `strict`, forwarded to a port of this machine, and `forge`, which is not. */
export function webhookSettings(port) {
  const all = {};
  const set = (source, settings) => {
    for (const [name, value] of Object.entries(settings)) {
      all[`Webhooks__Sources__${source}__${name}`] = `${value}`;
    }
  };
  const shop = { Scheme: 'standard-webhooks', Secrets__0: `whsec_${Key.toString('base64')}`, ForwardTo: `http://127.0.0.1:${port}/hooks` };
  set('shop', { ...shop, FirstDelay: '00:00:00.05', MaxDelay: '00:00:00.2', MaxAttempts: 40, AttemptTimeout: '00:00:05' });
  set('strict', { ...shop, MaxAttempts: 1, OnDeadLetter: 'stop', MaxWaiting: 3 });
  set('forge', { Scheme: 'github', Secrets__0: GitHubSecret });
  return all;
}

/** Sends a Standard Webhooks delivery. */
export function send(client, source, key, id, event, { secret = Key, timestamp = Math.floor(Date.now() / 1000), headers } = {}) {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return client.send('POST', pathOf(source, key), {
    body, headers: { 'webhook-id': id, 'webhook-timestamp': `${timestamp}`, 'webhook-signature': `v1,${signature}`, ...headers },
  });
}

/** Sends a delivery as GitHub does. */
export function sendGitHub(client, key, id, type, event) {
  const body = JSON.stringify(event);
  const signature = createHmac('sha256', GitHubSecret).update(body).digest('hex');
  return client.send('POST', pathOf('forge', key), {
    body, headers: { 'x-hub-signature-256': `sha256=${signature}`, 'x-github-delivery': id, 'x-github-event': type },
  });
}

export const pathOf = (source, key, rest = '') => `/api/webhooks/${source}/${encodeURIComponent(key)}${rest}`;

export const newId = () => `msg_${randomUUID()}`;

/** Whether a forwarded request still has the signature of its sender. */
export function isSigned({ headers, body }) {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  return headers['webhook-signature'] === `v1,${createHmac('sha256', Key).update(signed).digest('base64')}`;
}

/** What webhooks are forwarded to. It answers as `answer` says: a status, or nothing, which is a reset. */
export class Receiver {
  arrivals = [];
  answer = () => 200;

  static async start(port) {
    const receiver = new Receiver();
    const server = createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => receiver.#take(request, Buffer.concat(chunks).toString('utf8'), response));
    });
    await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    receiver.stop = () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    return receiver;
  }

  /** What came for a key, in order. */
  of(key) {
    return this.arrivals.filter((one) => one.key === key);
  }

  #take(request, body, response) {
    const { headers } = request;
    const arrival = {
      headers, body, id: headers['x-webhook-delivery'], key: decodeURIComponent(headers['x-webhook-key']),
      attempt: Number(headers['x-webhook-attempt']), status: undefined,
    };
    arrival.status = this.answer(arrival);
    this.arrivals.push(arrival);
    if (arrival.status === undefined) {
      request.socket.destroy();
    } else {
      response.writeHead(arrival.status, arrival.status === 302 ? { location: 'http://127.0.0.1:9/' } : {}).end(`answer ${arrival.status}`);
    }
  }
}
