// What operations of a user's sessions cost.

const begun = async (fresh) => {
  const user = fresh('session');
  const { token } = await user.call('create', { device: 'phone', ttlSeconds: 1800 });
  return { user, token };
};

export const operations = {
  'create of a session': async ({ fresh }) => {
    const { user } = await begun(fresh);
    return () => user.call('create', { device: 'tablet', ttlSeconds: 1800 });
  },
  'validate of a token, as most are: nothing to slide': async ({ fresh }) => {
    const { user, token } = await begun(fresh);
    return () => user.call('validate', { token });
  },
  'check of a token': async ({ fresh }) => {
    const { user, token } = await begun(fresh);
    await user.call('check', { token });
    return () => user.call('check', { token });
  },
  'check of a wrong token': async ({ fresh }) => {
    const { user, token } = await begun(fresh);
    await user.call('check', { token });
    return () => user.post('check', { token: `${token}x` });
  },
  'set of a value': async ({ fresh }) => {
    const { user, token } = await begun(fresh);
    return () => user.call('set', { token, key: 'cart', value: [1, 2, 3] });
  },
};
