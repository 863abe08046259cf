// What is counted of notification-hub.

const ready = async (fresh, subscribers) => {
  const hub = fresh('notification-hub');
  for (let i = 0; i < subscribers; i++) {
    await hub.call('watch', { subscriber: `s${i}`, topic: 'cameras/#' });
  }
  return hub;
};

export const operations = {
  'watch of a topic': async ({ fresh }) => {
    const hub = await ready(fresh, 1);
    return () => hub.call('watch', { subscriber: 's0', topic: 'weather/+' });
  },
  'post that reaches one inbox': async ({ fresh }) => {
    const hub = await ready(fresh, 1);
    return () => hub.call('post', { topic: 'cameras/north', payload: { what: 'lynx' } });
  },
  'post that reaches a hundred inboxes': async ({ fresh }) => {
    const hub = await ready(fresh, 100);
    return () => hub.call('post', { topic: 'cameras/north', payload: { what: 'lynx' } });
  },
  'post that reaches ten connected subscribers': async ({ fresh, Listener }) => {
    const hub = await ready(fresh, 10);
    const listeners = await Promise.all(Array.from({ length: 10 }, (_, i) =>
      Listener.connect('notification-hub', hub.key, ['inbox', 'notification', 'read'], { query: { subscriber: `s${i}` } })));
    return async () => {
      await hub.call('post', { topic: 'cameras/north', payload: { what: 'lynx' } });
      await Promise.all(listeners.map((one) => one.hears('notification')));
    };
  },
  'reading an inbox': async ({ fresh }) => {
    const hub = await ready(fresh, 1);
    await hub.call('post', { topic: 'cameras/north', payload: { what: 'lynx' } });
    return () => hub.read('inbox', { subscriber: 's0' });
  },
};
