// What operations of event-sourced objects are counted on Azure, by the example of account.

export const operations = {
  'an event (deposit)': async ({ fresh }) => {
    const one = fresh('account');
    await one.call('deposit', ['ann', 1]);
    return () => one.call('deposit', ['ann', 1]);
  },
  'two events (transfer)': async ({ fresh }) => {
    const one = fresh('account');
    await one.call('deposit', ['ann', 1_000_000]);
    return () => one.call('transfer', ['ann', 'bob', 1]);
  },
  'a page of 100 events': async ({ fresh }) => {
    const one = fresh('account');
    for (let i = 0; i < 100; i++) {
      await one.call('deposit', ['ann', 1]);
    }
    return () => one.read('events');
  },
  'projections of 100 events made anew': async ({ fresh }) => {
    const one = fresh('account');
    for (let i = 0; i < 100; i++) {
      await one.call('deposit', ['ann', 1]);
    }
    return () => one.call('rebuildProjections');
  },
};
