export const operations = {
  'enter': async ({ fresh }) => {
    const one = fresh('circuit-breaker');
    await one.call('enter');
    return () => one.call('enter');
  },
  'report': async ({ fresh }) => {
    const one = fresh('circuit-breaker');
    const { permit } = await one.call('enter');
    return () => one.call('report', { permit, succeeded: true });
  },
};
