// Items that were queued before a kill -9 are applied after the restart, once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';
import { until } from '../lib/until.mjs';

test('What was queued outlives a crash between being queued and being applied', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  const before = first.object('batch-processor', 'writes');
  await before.call('configure', { maxMilliseconds: 3000 });
  for (const id of ['a', 'b', 'c']) {
    assert.equal((await before.call('add', { id, key: id, value: 1 })).state, 'queued');
  }
  await first.kill();

  const second = await Host.start(t, folder);
  const after = second.object('batch-processor', 'writes');
  await until('all are applied', async () => (await after.read('result', { id: 'c' })).state === 'applied');
  // A client that does not know whether it was heard asks again.
  assert.deepEqual(await after.call('add', { id: 'a', key: 'a', value: 1 }).then(({ state, batch }) => [state, batch]), ['applied', 1]);
  assert.deepEqual((await after.read('list')).map(({ key, version }) => [key, version]), [['a', 1], ['b', 1], ['c', 1]]);
});
