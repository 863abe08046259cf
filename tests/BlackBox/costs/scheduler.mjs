export const operations = {
  'schedule': async ({ fresh }) => {
    const one = fresh('scheduler');
    await one.call('schedule', { id: 'later', delaySeconds: 86_400 });
    return () => one.call('schedule', { id: 'other', delaySeconds: 90_000 });
  },
  'schedule, the run, and the signal to its target': async ({ fresh }) => {
    const one = fresh('scheduler');
    const counter = fresh('counter');
    await one.call('schedule', { id: 'later', delaySeconds: 86_400 });
    await counter.call('increment');
    return () => one.call('schedule', { id: 'now', delaySeconds: 0, target: { class: 'counter', key: counter.key, method: 'increment' } });
  },
};
