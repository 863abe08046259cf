// HTTP as sent: nothing is normalized, followed or retried.

import http from 'node:http';
import https from 'node:https';

/** A client of one host, with at most 64 connections, which it keeps. */
export class Client {
  #agent;

  constructor(baseUrl, apiKey) {
    this.baseUrl = baseUrl;
    this.apiKey = apiKey;
    this.transport = baseUrl.startsWith('https:') ? https : http;
    this.#agent = new this.transport.Agent({ keepAlive: true, maxSockets: 64 });
  }

  /**
   * Sends a request. A body that is text or bytes goes as it is; anything else as JSON.
   * @returns {Promise<{status: number, headers: object, text: string, json: any}>}
   */
  send(method, path, { body, headers = {}, agent = this.#agent } = {}) {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const payload = body === undefined ? undefined : Buffer.from(isRaw ? body : JSON.stringify(body));
    const all = { ...(this.apiKey && { 'x-functions-key': this.apiKey }), ...headers };
    if (payload && !all['content-type']) {
      all['content-type'] = 'application/json';
    }
    if (payload && !all['transfer-encoding']) {
      all['content-length'] = payload.length;
    } else if (!payload && method !== 'GET') {
      all['content-length'] = 0;
    }
    // Not through URL, which would rewrite the path.
    const { protocol, hostname, port } = new URL(this.baseUrl);
    return new Promise((resolve, reject) => {
      const request = this.transport.request(
        { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, method, path, headers: all, agent },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => resolve(answerOf(response, Buffer.concat(chunks).toString('utf8'))));
        });
      request.on('error', reject);
      request.end(payload);
    });
  }

  get(path, options) {
    return this.send('GET', path, options);
  }

  post(path, body, options) {
    return this.send('POST', path, { body, ...options });
  }

  delete(path, options) {
    return this.send('DELETE', path, options);
  }

  object(className, key) {
    return new RemoteObject(this, className, key);
  }

  close() {
    this.#agent.destroy();
  }
}

/** An object of the host, by class and key. */
export class RemoteObject {
  constructor(client, className, key) {
    this.client = client;
    this.className = className;
    this.key = key;
    this.path = `/api/objects/${className}/${encodeURIComponent(key)}`;
  }

  /** Calls a method and returns the whole answer. */
  post(method, args, headers) {
    return this.client.post(`${this.path}/${method}`, args, { headers });
  }

  /** Calls a read-only method by GET and returns the whole answer. */
  get(method, query = {}, headers) {
    const text = new URLSearchParams(query).toString();
    return this.client.get(`${this.path}/${method}${text && `?${text}`}`, { headers });
  }

  /** Calls a method and returns its result; an answer other than 200 and 204 is an error. */
  async call(method, args) {
    return resultOf(await this.post(method, args), `${this.path}/${method}`);
  }

  /** Calls a read-only method by GET and returns its result. */
  async read(method, query) {
    return resultOf(await this.get(method, query), `${this.path}/${method}`);
  }

  describe() {
    return this.client.get(this.path);
  }

  delete(headers) {
    return this.client.delete(this.path, { headers });
  }

  purge() {
    return this.client.delete(`${this.path}?purge=true`);
  }
}

function answerOf(response, text) {
  const type = response.headers['content-type'] ?? '';
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    json: /[/+]json/.test(type) && text !== '' ? JSON.parse(text) : undefined,
  };
}

function resultOf(answer, what) {
  if (answer.status !== 200 && answer.status !== 204) {
    throw new Error(`${what} answered ${answer.status}: ${answer.text}`);
  }
  return answer.json;
}
