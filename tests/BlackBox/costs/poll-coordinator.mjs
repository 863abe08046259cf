// What is counted of poll-coordinator: its polls, of a web server of this process.

import { Source } from '../lib/polling.mjs';

let server;

/** The web server, which is started once for however many are prepared. Every coordinator has a path of its own on it, with its items. */
async function startServer(atEnd) {
  if (server === undefined) {
    server = await Source.start();
    server.items = new Map();
    server.answer = ({ path }) => ({ body: server.items.get(path) ?? [] });
    atEnd(async () => {
      await server.stop();
      server = undefined;
    });
  }
}

const ready = async ({ fresh, until, atEnd }) => {
  await startServer(atEnd);
  const one = fresh('poll-coordinator');
  const path = `/${one.key}`;
  const url = `${server.url}${path}`;
  server.items.set(path, [{ id: 'a', seen: 'lynx' }]);
  await one.call('watch', { source: 'cam', url, everySeconds: 2_000_000, jitter: 0 });
  await until('it was polled', async () => (await one.read('source', { source: 'cam' })).items >= 1);
  return { one, url, brings: (item) => server.items.set(path, [item]) };
};

export const operations = {
  'watching a source, with its first poll': async (host) => {
    const { one, url } = await ready(host);
    return () => one.call('watch', { source: 'other', url, everySeconds: 2_000_000 });
  },
  'a poll that brings a new item': async (host) => {
    const { one, brings } = await ready(host);
    brings({ id: 'b', seen: 'fox' });
    return () => one.call('pollNow', { source: 'cam' });
  },
  'a poll that brings nothing new': async (host) => {
    const { one } = await ready(host);
    return () => one.call('pollNow', { source: 'cam' });
  },
  'reading the feed': async (host) => {
    const { one } = await ready(host);
    return () => one.read('items');
  },
};
