const at = '2030-01-01T00:00:00Z';
const event = (id) => ({ id, event: { type: 'subscription.active', timestamp: at, data: { id, status: 'active', product_id: 'pro', modified_at: at } } });

export const operations = {
  'apply': async ({ fresh }) => {
    const one = fresh('subscriptions');
    await one.call('apply', event('s1'));
    return () => one.call('apply', event('s2'));
  },
  'isActive': async ({ fresh }) => {
    const one = fresh('subscriptions');
    await one.call('apply', event('s1'));
    return () => one.read('isActive', { productId: 'pro' });
  },
};
