// What operations of batch-processor are counted on Azure.

export const operations = {
  'add of ten items, which is a batch': async ({ fresh }) => {
    const one = fresh('batch-processor');
    await one.call('configure', { maxMilliseconds: 60_000 });
    let count = 0;
    return async () => {
      for (let i = 0; i < 10; i++) {
        await one.call('add', { id: `${count}`, key: `${count++ % 10}`, value: 1 });
      }
    };
  },
  'add of one item, flushed by its alarm': async ({ fresh, until }) => {
    const one = fresh('batch-processor');
    await one.call('status');
    let count = 0;
    return async () => {
      const id = `${count++}`;
      await one.call('add', { id, key: 'key', value: 1 });
      await until('it is applied', async () => (await one.read('result', { id })).state === 'applied');
    };
  },
};
