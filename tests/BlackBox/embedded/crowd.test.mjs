// More objects than may be awake: they hibernate and wake all the time, and nobody can tell.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';
import { increments } from '../lib/load.mjs';
import { Guest } from '../lib/room.mjs';
import { until } from '../lib/until.mjs';

const crowded = { DurableObjects__MaxAwake: '20', DurableObjects__HibernateAfter: '00:00:00.2' };

test('200 counters with room for 20: every answer distinct, every total exact, with reads beside them', async (t) => {
  const folder = await dataFolder(t);
  const host = await Host.start(t, folder, { environment: crowded });
  const counters = Array.from({ length: 200 }, (_, i) => host.object('counter', `c-${i}`));
  let isRunning = true;
  const read = async (seed) => {
    const last = new Map();
    for (let i = seed; isRunning; i += 7) {
      const counter = counters[i % counters.length];
      const now = await counter.read('get');
      assert.ok(now >= (last.get(counter) ?? 0), `${counter.key} went back to ${now}`);
      last.set(counter, now);
    }
  };
  const readers = Array.from({ length: 8 }, (_, i) => read(i * 25));
  const answers = await increments(counters, { each: 12, workers: 32 });
  isRunning = false;
  await Promise.all(readers);
  for (const counter of counters) {
    assert.equal(Math.max(...answers.get(counter)), 12);
    assert.equal(await counter.read('get'), 12);
  }
  assert.doesNotMatch(host.output, /^(fail|crit|warn):/m);
  assert.equal((await host.stop()).code, 0);
  const again = await Host.start(t, folder, { environment: crowded });
  assert.match(again.output, /after a clean stop/);
  for (const counter of counters) {
    assert.equal(await again.object('counter', counter.key).read('get'), 12);
  }
});

test('Thirty rooms with room for 20: their sockets live on', async (t) => {
  const host = await Host.start(t, await dataFolder(t), { environment: crowded });
  const rooms = Array.from({ length: 30 }, (_, i) => `room-${i}`);
  const guests = await Promise.all(rooms.map((room) => Guest.join(room, 'ann', { url: host.url, key: undefined })));
  t.after(() => Promise.all(guests.map((guest) => guest.leave())));
  for (let round = 0; round < 4; round++) {
    await Promise.all(guests.map((guest) => guest.tell(`${round}`)));
    await Promise.all(rooms.map((room) => host.object('chat-room', room).read('history', { limit: 1 })));
  }
  for (const guest of guests) {
    await until('all were heard', () => guest.texts().length === 4);
    assert.deepEqual(guest.texts(), ['0', '1', '2', '3']);
  }
});

test('A hundred schedulers with room for 20: their alarms wake them', async (t) => {
  const host = await Host.start(t, await dataFolder(t), { environment: crowded });
  const target = { class: 'counter', key: 'rung', method: 'increment' };
  await Promise.all(Array.from({ length: 100 }, (_, i) =>
    host.object('scheduler', `s-${i}`).call('schedule', { id: 'job', delaySeconds: 0.5, target })));
  await until('every job reached the counter', async () => (await host.object('counter', 'rung').read('get')) === 100);
});
