const Rule = { limit: 1_000, windowSeconds: 3_600 };

export const operations = {
  'check that admits': async ({ fresh }) => {
    const one = fresh('rate-limiter');
    await one.call('check', Rule);
    return () => one.call('check', Rule);
  },
  'check that refuses': async ({ fresh }) => {
    const one = fresh('rate-limiter');
    await one.call('check', { ...Rule, cost: 1_000 });
    return () => one.call('check', Rule);
  },
};
