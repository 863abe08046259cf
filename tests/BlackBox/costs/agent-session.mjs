// What of agent-session is counted on Azure.

export const operations = {
  'append of a message': async ({ fresh }) => {
    const one = fresh('agent-session');
    await one.call('append', { role: 'user', content: 'hello' });
    return () => one.call('append', { role: 'user', content: 'How is the weather in Cologne today?' });
  },
  'context for a model, of twenty messages': async ({ fresh }) => {
    const one = fresh('agent-session');
    for (let i = 0; i < 20; i++) {
      await one.call('append', { role: 'user', content: `message ${i}` });
    }
    return () => one.read('context');
  },
  'patch of a document with one tab connected': async ({ fresh, Listener }) => {
    const one = fresh('agent-session');
    await one.call('patch', { section: 'ui', patch: { theme: 'dark' } });
    const tab = await Listener.connect('agent-session', one.key, ['session', 'changed'], { query: { tab: 'a' } });
    await tab.hears('session');
    return async () => {
      await one.call('patch', { section: 'ui', patch: { theme: 'light' } });
      await tab.hears('changed');
    };
  },
  'append that has eight messages summarized': async ({ fresh, until }) => {
    const one = fresh('agent-session');
    await one.call('configure', { tokenBudget: 80, whenExceeded: 'summarize', keepNewest: 1 });
    for (let i = 0; i < 8; i++) {
      await one.call('append', { role: 'user', content: `message ${i}`, tokens: 10 });
    }
    return async () => {
      await one.call('append', { role: 'user', content: 'one more', tokens: 10 });
      await until('it is summarized', async () => (await one.read('status')).summarized > 0);
    };
  },
};
