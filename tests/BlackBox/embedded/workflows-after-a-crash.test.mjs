// A workflow's history is in its object's storage and its attempts wait in the outbox, so a kill -9 at any moment has it go on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';
import { until } from '../lib/until.mjs';

test('Transfers neither lose nor make money, over five crashes in the midst of them', async (t) => {
  const folder = await dataFolder(t);
  const Transfers = 300;
  let host = await Host.start(t, folder);
  for (let ledger = 0; ledger < 10; ledger++) {
    await host.object('account', `l-${ledger}`).call('deposit', ['all', 1000]);
  }
  const ids = Array.from({ length: Transfers }, (_, i) => `t-${i}`);
  await Promise.all(ids.map(async (id, i) => {
    // Every fifth goes to an account that cannot take it, and has to be undone.
    const answer = await host.client.post(`/api/workflows/ledger-transfer?id=${id}`, {
      fromLedger: `l-${i % 10}`, fromAccount: 'all', toLedger: `l-${(i + 1) % 10}`, toAccount: i % 5 === 0 ? 'x'.repeat(200) : 'all', amount: 1,
      notBefore: new Date(Date.now() + 200 + 10 * i).toISOString(),
    });
    assert.equal(answer.status, 202, answer.text);
  }));
  const ended = async () => {
    const statuses = await Promise.all(ids.map((id) => host.client.get(`/api/workflows/${id}`)));
    return statuses.filter(({ json }) => json.endedAt !== null).map(({ json }) => json.status);
  };
  for (let crash = 0; crash < 5; crash++) {
    const before = (await ended()).length;
    await until('some more have ended', async () => (await ended()).length > Math.min(before, Transfers - 1));
    await host.kill();
    host = await Host.start(t, folder);
  }
  await until('all have ended', async () => (await ended()).length === Transfers);
  const statuses = await ended();
  assert.equal(statuses.filter((status) => status === 'completed').length, Transfers * 4 / 5);
  assert.equal(statuses.filter((status) => status === 'failed').length, Transfers / 5);
  let total = 0;
  for (let ledger = 0; ledger < 10; ledger++) {
    total += await host.object('account', `l-${ledger}`).read('balance', { account: 'all' });
  }
  assert.equal(total, 10_000);
});
