// What a lock is asked to do, to be counted on Azure.

const acquire = (one, owner, waitSeconds = 0) => one.call('acquire', { owner, ttlSeconds: 3600, waitSeconds });

export const operations = {
  'acquire of a free lock': async ({ fresh }) => {
    const one = fresh('lock');
    await one.call('state');
    return () => acquire(one, 'a');
  },
  'acquire of a held lock, without waiting': async ({ fresh }) => {
    const one = fresh('lock');
    await acquire(one, 'a');
    return () => acquire(one, 'b');
  },
  'renew': async ({ fresh }) => {
    const one = fresh('lock');
    const { fencingToken } = await acquire(one, 'a');
    return () => one.call('renew', { owner: 'a', fencingToken, ttlSeconds: 3600 });
  },
  'release, nobody waiting': async ({ fresh }) => {
    const one = fresh('lock');
    const { fencingToken } = await acquire(one, 'a');
    return () => one.call('release', { owner: 'a', fencingToken });
  },
  'release, and the next hears of its grant': async ({ fresh, Listener }) => {
    const one = fresh('lock');
    const { fencingToken } = await acquire(one, 'a');
    await acquire(one, 'b', 3600);
    const next = await Listener.connect('lock', one.key, ['granted'], { query: { owner: 'b' } });
    return async () => {
      await one.call('release', { owner: 'a', fencingToken });
      await next.hears('granted');
    };
  },
};
