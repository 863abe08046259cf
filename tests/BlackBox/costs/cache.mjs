// What operations of cache are counted on Azure. The host has the sources of cacheSettings in lib/cache-source.mjs.

import { randomUUID } from 'node:crypto';

const cached = ({ object }) => object('cache', `shop:${randomUUID()}`);

export const operations = {
  'get of a known value': async (host) => {
    const one = cached(host);
    await one.call('get');
    return () => one.call('get');
  },
  'peek at a known value': async (host) => {
    const one = cached(host);
    await one.call('get');
    return () => one.read('peek');
  },
  'get of a new key, its object included': async (host) => () => cached(host).call('get'),
  'refresh of a value': async (host) => {
    const one = cached(host);
    await one.call('get');
    return () => one.call('refresh');
  },
};
