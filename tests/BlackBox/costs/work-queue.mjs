// What operations of a work queue cost.

const filled = async (fresh, rest = {}) => {
  const queue = fresh('work-queue');
  await queue.call('enqueue', { payload: { to: 'ada@example.org' }, ...rest });
  return queue;
};

export const operations = {
  'enqueue of a job': async ({ fresh }) => {
    const queue = await filled(fresh);
    return () => queue.call('enqueue', { payload: { to: 'bob@example.org' } });
  },
  'receive of a job': async ({ fresh }) => {
    const queue = await filled(fresh);
    return () => queue.call('receive', { worker: 'w', visibilitySeconds: 600 });
  },
  'receive when there is none': async ({ fresh }) => {
    const queue = await filled(fresh, { delaySeconds: 600 });
    return () => queue.call('receive', { worker: 'w' });
  },
  'complete of a job': async ({ fresh }) => {
    const queue = await filled(fresh);
    const [{ id, receipt }] = await queue.call('receive', { worker: 'w', visibilitySeconds: 600 });
    return () => queue.call('complete', { id, receipt });
  },
  'enqueue of a job that is pushed to a connected worker': async ({ fresh, Listener }) => {
    const queue = await filled(fresh, { delaySeconds: 600 });
    const worker = await Listener.connect('work-queue', queue.key, ['job'], { query: { worker: 'w' } });
    return async () => {
      await queue.call('enqueue', { payload: { to: 'bob@example.org' } });
      await worker.hears('job');
    };
  },
};
