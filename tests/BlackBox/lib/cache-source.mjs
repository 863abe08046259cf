// A slow source for the object class cache, and the settings of a host that asks it.

import { createServer } from 'node:http';

const Slow = 150;

/** The environment of a host with sources on a port of this machine: `shop`, `brief`, whose values are soon stale, and `forgetful`. */
export function cacheSettings(port) {
  const url = `http://127.0.0.1:${port}/items/{key}`;
  const all = {};
  const set = (source, settings) => {
    for (const [name, value] of Object.entries({ Url: url, ...settings })) {
      all[`Cache__Sources__${source}__${name}`] = value;
    }
  };
  set('shop', { Headers__authorization: 'Bearer hush' });
  set('brief', { FreshFor: '00:00:00.3' });
  set('forgetful', { FreshFor: '00:00:00.2', StaleFor: '00:00:00' });
  return all;
}

/**
 * Starts the source. It takes its time, answers a key and how often it was asked for it, and does otherwise for keys that begin with
 * `none`, `fails` (the first time), `large`, `moved`. Returns how to stop it.
 */
export async function startCacheSource(port) {
  const asked = new Map();
  const server = createServer((request, response) => {
    const key = decodeURIComponent(request.url.replace('/items/', ''));
    asked.set(key, (asked.get(key) ?? 0) + 1);
    const [, kind] = /^(none|fails|large|moved)?/.exec(key);
    const [status, body] = {
      none: [404, {}],
      fails: [asked.get(key) === 1 ? 500 : 200, { key, asked: asked.get(key) }],
      large: [200, 'x'.repeat(300_000)],
      moved: [302, {}],
    }[kind] ?? [200, { key, asked: asked.get(key), authorization: request.headers.authorization }];
    const headers = { 'content-type': 'application/json', location: '/items/elsewhere' };
    setTimeout(() => response.writeHead(status, headers).end(JSON.stringify(body)), Slow);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}
