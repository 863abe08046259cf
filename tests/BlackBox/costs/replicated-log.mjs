// What of a replicated log is counted on Azure.

const committed = async (log, index, until) => until('it is committed', async () => (await log.read('status')).committed >= index);

export const operations = {
  'append of an entry until it is committed by two of three followers': async ({ fresh, until }) => {
    const log = fresh('replicated-log');
    const { index } = await log.call('append', { data: 0 });
    await committed(log, index, until);
    return async () => committed(log, (await log.call('append', { data: 1 })).index, until);
  },
  'the same with five followers': async ({ fresh, until }) => {
    const log = fresh('replicated-log');
    await log.call('configure', { replicas: 5 });
    await committed(log, 1, until);
    return async () => committed(log, (await log.call('append', { data: 1 })).index, until);
  },
  'read of the newest entry': async ({ fresh, until }) => {
    const log = fresh('replicated-log');
    await log.call('append', { data: 0 });
    await committed(log, 1, until);
    return () => log.read('read', { from: 1, limit: 1 });
  },
};
