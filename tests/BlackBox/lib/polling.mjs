// A source that is polled: a real web server in the process of the tests.

import { once } from 'node:events';
import { createServer } from 'node:http';

/** The environment of a host that may poll this machine. */
export const pollingSettings = { Polling__AllowPrivateAddresses: 'true' };

/** Whether the host under test was started with it, on this machine. */
export const mayPollHere = process.env.POLLING === 'private';

export const whyNotHere = 'the host may not poll this machine';

/** Answers requests as `answer` says and remembers how many there were of each path, and how many at once. */
export class Source {
  #server;
  #underWay = new Map();

  /** Requests in order: { path, headers }. */
  requests = [];

  /** The most that were under way at once, by path. */
  most = new Map();

  /** What a request gets: { status, headers, body }, or a promise of it; undefined is a reset. A body that is no text goes as JSON. */
  answer = () => ({ body: [] });

  static async start() {
    const source = new Source();
    source.#server = createServer((request, response) => source.#take(request, response)).listen(0, '127.0.0.1');
    await once(source.#server, 'listening');
    source.url = `http://127.0.0.1:${source.#server.address().port}`;
    return source;
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  of(path) {
    return this.requests.filter((one) => one.path === path);
  }

  async #take(request, response) {
    const { url: path, headers } = request;
    const now = (this.#underWay.get(path) ?? 0) + 1;
    this.#underWay.set(path, now);
    this.most.set(path, Math.max(now, this.most.get(path) ?? 0));
    this.requests.push({ path, headers });
    const answer = await this.answer({ path, headers });
    this.#underWay.set(path, this.#underWay.get(path) - 1);
    if (answer === undefined) {
      request.socket.destroy();
      return;
    }
    const { status = 200, headers: given = {}, body = '' } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...given }).end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}
