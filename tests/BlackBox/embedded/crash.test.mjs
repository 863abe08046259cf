// kill -9: whatever was acknowledged is there after the restart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';
import { increments } from '../lib/load.mjs';

test('10,000 increments, kill -9, restart: the same totals', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  const names = Array.from({ length: 100 }, (_, i) => `counter-${i}`);
  await increments(names.map((name) => first.object('counter', name)), { each: 100, workers: 64 });
  assert.deepEqual(await first.kill(), { code: null, signal: 'SIGKILL' });
  const second = await Host.start(t, folder);
  for (const name of names) {
    assert.equal(await second.object('counter', name).read('get'), 100);
    assert.equal(await second.object('counter', name).call('increment'), 101);
  }
  assert.equal((await second.client.get('/api/objects/counter?limit=1000')).json.objects.length, 100);
});

test('kill -9 in the middle of 10,000 increments, twice: nothing acknowledged is lost, nothing is counted twice', async (t) => {
  const folder = await dataFolder(t);
  const names = Array.from({ length: 100 }, (_, i) => `counter-${i}`);
  const acknowledged = new Map(names.map((name) => [name, 0]));
  const attempted = new Map(names.map((name) => [name, 0]));
  for (let round = 0; round < 2; round++) {
    const host = await Host.start(t, folder);
    const counters = names.map((name) => host.object('counter', name));
    await Promise.all(counters.map(async (counter) => {
      const total = await counter.read('get');
      assert.ok(total >= acknowledged.get(counter.key), `${counter.key}: ${total} after ${acknowledged.get(counter.key)} were acknowledged`);
      assert.ok(total <= attempted.get(counter.key), `${counter.key}: ${total}, more than was ever asked for`);
      acknowledged.set(counter.key, total);
      attempted.set(counter.key, total);
    }));
    let answered = 0;
    const killAt = 1000 + round * 1500;
    let killed;
    const watched = counters.map((counter) => ({
      key: counter.key,
      async call(method) {
        attempted.set(counter.key, attempted.get(counter.key) + 1);
        const value = await counter.call(method);
        acknowledged.set(counter.key, Math.max(acknowledged.get(counter.key), value));
        if (++answered === killAt) {
          killed = host.kill();
        }
        return value;
      },
    }));
    await increments(watched, { each: 100, workers: 64, failed: () => {} });
    assert.ok(answered >= killAt && answered < 10_000, `${answered} were answered`);
    await killed;
  }
  const last = await Host.start(t, folder);
  for (const name of names) {
    const total = await last.object('counter', name).read('get');
    assert.ok(total >= acknowledged.get(name) && total <= attempted.get(name), `${name}: ${acknowledged.get(name)} <= ${total} <= ${attempted.get(name)}`);
  }
});

test('Everything of an object survives: tables, names, tags, remembered answers, deletions', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  const room = first.object('chat-room', 'Größe / 東京');
  for (const text of ['one', 'two', 'three']) {
    await room.call('post', ['ann', text]);
  }
  const key = { 'idempotency-key': 'once' };
  await first.object('counter', 'paid').post('increment', { by: 3 }, key);
  const tag = (await first.object('counter', 'paid').describe()).headers.etag;
  await first.object('counter', 'deleted').call('increment');
  await first.object('counter', 'deleted').delete();
  await first.object('counter', 'purged').call('increment');
  await first.object('counter', 'purged').purge();
  await first.object('counter', 'again').call('increment', { by: 9 });
  await first.object('counter', 'again').purge();
  await first.object('counter', 'again').call('increment');
  await first.object('account', 'bank').call('deposit', ['ann', 12.34]);
  await first.kill();

  const second = await Host.start(t, folder);
  assert.deepEqual((await second.object('chat-room', room.key).read('history')).map((message) => message.text), ['one', 'two', 'three']);
  assert.equal((await second.object('chat-room', room.key).call('post', ['ann', 'four'])).id, 4);
  const replay = await second.object('counter', 'paid').post('increment', { by: 3 }, key);
  assert.deepEqual([replay.json, replay.headers['idempotency-replayed']], [3, 'true']);
  assert.equal((await second.object('counter', 'paid').describe()).headers.etag, tag);
  assert.equal((await second.object('counter', 'deleted').describe()).status, 404);
  assert.equal((await second.object('counter', 'purged').describe()).status, 404);
  assert.equal(await second.object('counter', 'again').read('get'), 1);
  assert.equal(await second.object('account', 'bank').read('balance', { account: 'ann' }), 12.34);
  const { objects } = (await second.client.get('/api/objects/counter')).json;
  assert.deepEqual(objects.map((one) => one.name), ['again', 'paid']);
});
