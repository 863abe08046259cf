// What is counted of the object class presence.

const enter = (room, member, Listener) => Listener.connect('presence', room.key, ['members', 'joined'], { query: { member } });

export const operations = {
  'a member that joins, heard by one other': async ({ fresh, Listener }) => {
    const room = fresh('presence');
    const ann = await enter(room, 'ann', Listener);
    await ann.hears('members');
    return async () => {
      const bob = await enter(room, 'bob', Listener);
      await bob.hears('members');
      await ann.hears('joined');
    };
  },
  'a beat over a socket': async ({ fresh, Listener }) => {
    const room = fresh('presence');
    const ann = await enter(room, 'ann', Listener);
    await ann.hears('members');
    return () => ann.tell('beat');
  },
  'a beat over HTTP': async ({ fresh }) => {
    const room = fresh('presence');
    await room.call('beat', { member: 'ann', ttlSeconds: 3600 });
    return () => room.call('beat', { member: 'ann', ttlSeconds: 3600 });
  },
  'the list': async ({ fresh }) => {
    const room = fresh('presence');
    await room.call('beat', { member: 'ann', ttlSeconds: 3600 });
    return () => room.read('list');
  },
};
