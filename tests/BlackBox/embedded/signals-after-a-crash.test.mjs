// Signals wait in their sender's outbox, so a kill -9 at any moment neither loses one nor delivers one twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';
import { until } from '../lib/until.mjs';

test('Signals arrive exactly once, over four crashes in the midst of them', async (t) => {
  const folder = await dataFolder(t);
  const Schedulers = 20;
  const Jobs = 25;
  let host = await Host.start(t, folder);
  const due = new Date(Date.now() + 1500).toISOString();
  // Each scheduler signals a counter that all share and one of its own.
  await Promise.all(Array.from({ length: Schedulers }, async (_, s) => {
    for (let job = 0; job < Jobs; job++) {
      const key = job % 2 === 0 ? 'shared' : `own-${s}`;
      await host.object('scheduler', `s-${s}`).call('schedule', { id: `job-${job}`, at: due, target: { class: 'counter', key, method: 'increment' } });
    }
  }));
  const shared = Schedulers * Math.ceil(Jobs / 2);
  for (let crash = 0; crash < 4; crash++) {
    const before = await host.object('counter', 'shared').read('get');
    await until('some more have arrived', async () => (await host.object('counter', 'shared').read('get')) > Math.min(before, shared - 1));
    await host.kill();
    host = await Host.start(t, folder);
  }
  await until('all jobs ran', async () => {
    const lists = await Promise.all(Array.from({ length: Schedulers }, (_, s) => host.object('scheduler', `s-${s}`).read('list')));
    return lists.every((list) => list.length === 0);
  });
  await until('every outbox is empty', async () => {
    const all = await Promise.all(Array.from({ length: Schedulers }, (_, s) => host.object('scheduler', `s-${s}`).describe()));
    return all.every(({ json }) => json.outbox === 0);
  });
  assert.equal(await host.object('counter', 'shared').read('get'), shared);
  for (let s = 0; s < Schedulers; s++) {
    assert.equal(await host.object('counter', `own-${s}`).read('get'), Math.floor(Jobs / 2));
    const runs = await host.object('scheduler', `s-${s}`).read('runs');
    assert.equal(new Set(runs.map((run) => run.job)).size, runs.length, 'a job ran twice');
  }
});
