// What is counted of the object class document.

const update = (version) => ({
  version, updates: [{ clientID: 'ann', changes: version === 0 ? [[0, 'x'.repeat(10_000)]] : [10_000, [0, 'y']] }],
});

const opened = async (fresh) => {
  const document = fresh('document');
  await document.call('pushUpdates', update(0));
  return document;
};

const connected = (document, Listener) => Listener.connect('document', document.key, ['updates', 'cursor'], { query: { clientID: 'bob' } });

export const operations = {
  'a push of one character, without listeners': async ({ fresh }) => {
    const document = await opened(fresh);
    return () => document.call('pushUpdates', update(1));
  },
  'a push of one character, heard by one editor': async ({ fresh, Listener }) => {
    const document = await opened(fresh);
    const listener = await connected(document, Listener);
    return async () => {
      await document.call('pushUpdates', update(1));
      await listener.hears('updates', ({ version }) => version === 2);
    };
  },
  'a cursor that moves': async ({ fresh, Listener }) => {
    const document = await opened(fresh);
    const listener = await connected(document, Listener);
    return async () => {
      await listener.tell({ anchor: 0, head: 0, version: 1 });
      await listener.hears('cursor');
    };
  },
  'getDocument of 10,000 characters': async ({ fresh }) => {
    const document = await opened(fresh);
    return () => document.read('getDocument');
  },
  'saveVersion of 10,000 characters': async ({ fresh }) => {
    const document = await opened(fresh);
    return () => document.call('saveVersion', { name: 'one' });
  },
};
