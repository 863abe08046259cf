export const operations = {
  'increment': async ({ fresh }) => {
    const one = fresh('counter');
    await one.call('increment');
    return () => one.call('increment');
  },
  'get': async ({ fresh }) => {
    const one = fresh('counter');
    await one.call('increment');
    return () => one.read('get');
  },
};
