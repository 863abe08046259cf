// What an election is asked to do, to be counted on Azure.

const campaign = (one, candidate, ttlSeconds = 3600) => one.call('campaign', { candidate, ttlSeconds });

export const operations = {
  'campaign of the first candidate': async ({ fresh }) => {
    const one = fresh('leader-election');
    await one.call('state');
    return () => campaign(one, 'a');
  },
  'campaign of a follower that comes again': async ({ fresh }) => {
    const one = fresh('leader-election');
    await campaign(one, 'a');
    await campaign(one, 'b');
    return () => campaign(one, 'b');
  },
  'renew': async ({ fresh }) => {
    const one = fresh('leader-election');
    const { term } = await campaign(one, 'a');
    return () => one.call('renew', { candidate: 'a', term, ttlSeconds: 3600 });
  },
  'resign, and a watcher hears of the next': async ({ fresh, Listener }) => {
    const one = fresh('leader-election');
    const { term } = await campaign(one, 'a');
    await campaign(one, 'b');
    const watcher = await Listener.connect('leader-election', one.key, ['leader']);
    return async () => {
      await one.call('resign', { candidate: 'a', term });
      await watcher.hears('leader', ({ leader }) => leader === 'b');
    };
  },
};
