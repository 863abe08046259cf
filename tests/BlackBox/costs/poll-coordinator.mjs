// What is counted of poll-coordinator: its polls, of a source that is an object of the host itself.

const ready = async ({ fresh, until, url }) => {
  const one = fresh('poll-coordinator');
  const room = fresh('chat-room');
  await room.call('post', { author: 'cam-7', text: 'lynx' });
  await one.call('watch', { source: 'cam', url: `${url}${room.path}/history`, everySeconds: 2_000_000, jitter: 0 });
  const polled = (times) => until('it was polled', async () => (await one.read('source', { source: 'cam' })).items >= times);
  await polled(1);
  return { one, room, polled };
};

export const operations = {
  'watching a source, with its first poll': async ({ fresh, until, url }) => {
    const { one, room } = await ready({ fresh, until, url });
    return async () => {
      await one.call('watch', { source: 'other', url: `${url}${room.path}/history`, everySeconds: 2_000_000 });
      await until('it was polled', async () => (await one.read('source', { source: 'other' })).items === 1);
    };
  },
  'a poll that brings a new item': async ({ fresh, until, url }) => {
    const { one, room, polled } = await ready({ fresh, until, url });
    await room.call('post', { author: 'cam-7', text: 'fox' });
    return async () => {
      await one.call('pollNow', { source: 'cam' });
      await polled(2);
    };
  },
  'a poll that brings nothing new': async ({ fresh, until, url }) => {
    const { one } = await ready({ fresh, until, url });
    const { lastSuccess } = await one.read('source', { source: 'cam' });
    return async () => {
      await one.call('pollNow', { source: 'cam' });
      await until('it was polled', async () => (await one.read('source', { source: 'cam' })).lastSuccess !== lastSuccess);
    };
  },
  'reading the feed': async ({ fresh, until, url }) => {
    const { one } = await ready({ fresh, until, url });
    return () => one.read('items');
  },
};
