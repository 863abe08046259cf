// What of a state machine is counted on Azure, with an approval as the example.

const request = { subject: 'a laptop', requestedBy: 'ann', approvals: 20 };

export const operations = {
  'submit of an approval, with two timeouts': async ({ fresh }) => {
    const approval = fresh('approval');
    await approval.call('state');
    return () => approval.call('fire', { trigger: 'submit', argument: request });
  },
  'one approval, which stays in the state': async ({ fresh }) => {
    const approval = fresh('approval');
    await approval.call('fire', { trigger: 'submit', argument: request });
    let approver = 0;
    return () => approval.call('fire', { trigger: 'approve', argument: { by: `approver ${++approver}` } });
  },
  'expiry': async ({ fresh, until }) => {
    const approval = fresh('approval');
    await approval.call('fire', { trigger: 'submit', argument: { ...request, remindAfterSeconds: 100, expireAfterSeconds: 200 } });
    await approval.call('fire', { trigger: 'reject', argument: { by: 'bob' } });
    return async () => {
      await approval.call('fire', { trigger: 'submit', argument: { ...request, remindAfterSeconds: 0.1, expireAfterSeconds: 0.2 } });
      await until('it has expired', async () => (await approval.read('state')).state === 'expired');
    };
  },
  'read of the state': async ({ fresh }) => {
    const approval = fresh('approval');
    await approval.call('fire', { trigger: 'submit', argument: request });
    return () => approval.read('state');
  },
};
