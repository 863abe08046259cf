// What operations of a sharded counter cost.

const counting = async (fresh, object, shards) => {
  const counter = fresh('sharded-counter');
  await counter.call('configure', { stalenessSeconds: 3600 });
  const { keys } = await counter.call('resize', { shards });
  const all = keys.map((key) => object('counter-shard', key));
  await Promise.all(all.map((shard) => shard.call('add')));
  return { counter, all };
};

export const operations = {
  'add, with the report for it due already': async ({ fresh, object }) => {
    const { all: [shard] } = await counting(fresh, object, 1);
    return () => shard.call('add');
  },
  'total': async ({ fresh, object }) => {
    const { counter } = await counting(fresh, object, 4);
    await counter.read('total');
    return () => counter.read('total');
  },
  'a round over 4 shards, until it is complete': async ({ fresh, object, until }) => {
    const { counter } = await counting(fresh, object, 4);
    return async () => {
      const round = await counter.call('flush');
      await until('the round is complete', async () => (await counter.read('total')).round >= round);
    };
  },
};
