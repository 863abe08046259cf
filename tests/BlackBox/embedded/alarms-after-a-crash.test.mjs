// An alarm that was set before a kill -9 fires after the restart: not early, and at once if its time has passed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';
import { at, until } from '../lib/until.mjs';

test('Alarms outlive a crash, whether they come due before or after the restart', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  const target = { class: 'counter', key: 'rung', method: 'increment' };
  const soon = await first.object('scheduler', 'jobs').call('schedule', { id: 'soon', delaySeconds: 0.5, target });
  const later = await first.object('scheduler', 'jobs').call('schedule', { id: 'later', delaySeconds: 4, target });
  await first.object('rate-limiter', 'limits').call('check', { limit: 1, windowSeconds: 1 });
  await first.kill();
  await at(Date.parse(soon.due));

  const second = await Host.start(t, folder);
  await until('both jobs ran', async () => (await second.object('scheduler', 'jobs').read('runs')).length === 2);
  await until('the counter heard of both', async () => (await second.object('counter', 'rung').read('get')) === 2);
  const [lateRun, soonRun] = await second.object('scheduler', 'jobs').read('runs');
  assert.deepEqual([soonRun.job, soonRun.due, lateRun.job, lateRun.due], ['soon', soon.due, 'later', later.due]);
  assert.ok(Date.parse(soonRun.at) >= Date.parse(soon.due));
  assert.ok(Date.parse(lateRun.at) >= Date.parse(later.due));
  await until('the limiter forgot itself', async () => (await second.object('rate-limiter', 'limits').describe()).status === 404);
});
