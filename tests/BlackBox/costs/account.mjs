export const operations = {
  'transfer': async ({ fresh }) => {
    const one = fresh('account');
    await one.call('deposit', { account: 'ada', amount: 100 });
    return () => one.call('transfer', { from: 'ada', to: 'bob', amount: 1 });
  },
  'balance': async ({ fresh }) => {
    const one = fresh('account');
    await one.call('deposit', { account: 'ada', amount: 100 });
    return () => one.read('balance', { account: 'ada' });
  },
};
