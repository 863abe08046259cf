// What a semaphore is asked to do, to be counted on Azure.

const acquire = (one, owner, more) => one.call('acquire', { owner, limit: 2, ttlSeconds: 3600, ...more });

export const operations = {
  'acquire of a free permit': async ({ fresh }) => {
    const one = fresh('semaphore');
    await acquire(one, 'a');
    return () => acquire(one, 'b');
  },
  'acquire, with a place in the queue': async ({ fresh }) => {
    const one = fresh('semaphore');
    await acquire(one, 'a', { permits: 2 });
    return () => acquire(one, 'b', { waitSeconds: 3600 });
  },
  'release, nobody waiting': async ({ fresh }) => {
    const one = fresh('semaphore');
    const { fencingToken } = await acquire(one, 'a');
    return () => one.call('release', { owner: 'a', fencingToken });
  },
};
