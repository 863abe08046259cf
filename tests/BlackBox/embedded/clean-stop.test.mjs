// SIGTERM and Ctrl-C: every request that was accepted is answered, and the next start need not doubt what it finds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';
import { Guest } from '../lib/room.mjs';

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} under load: what runs is answered, the process ends with 0, and the restart comes from a clean stop`, async (t) => {
    const folder = await dataFolder(t);
    const first = await Host.start(t, folder);
    const Counters = 10;
    const acknowledged = new Array(Counters).fill(0);
    let answered = 0;
    let stopped;
    const refused = [];
    const work = async (i) => {
      for (;;) {
        let answer;
        try {
          answer = await first.object('counter', `c-${i % Counters}`).post('increment');
        } catch (error) {
          // The connection is gone, or was never made: nothing was accepted on it.
          return refused.push(error.code);
        }
        if (answer.status === 503) {
          return refused.push(answer.json.code);
        }
        assert.equal(answer.status, 200);
        acknowledged[i % Counters] = Math.max(acknowledged[i % Counters], answer.json);
        if (++answered === 1000) {
          stopped = first.stop(signal);
        }
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, i) => work(i)));
    assert.deepEqual(await stopped, { code: 0, signal: null }, first.output);
    assert.ok(refused.every((code) => ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'unavailable'].includes(code)), refused.join());
    assert.doesNotMatch(first.output, /^(fail|crit|warn):/m);

    const second = await Host.start(t, folder);
    assert.match(second.output, /after a clean stop/);
    for (let i = 0; i < Counters; i++) {
      const total = await second.object('counter', `c-${i}`).read('get');
      assert.ok(total >= acknowledged[i], `c-${i}: ${total} of ${acknowledged[i]} acknowledged`);
      // A connection that breaks after its turn ran has no answer; there are only as many as there were workers.
      assert.ok(total <= acknowledged[i] + 32);
    }
  });
}

test('A request in flight when the stop comes gets its answer', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  const room = first.object('chat-room', 'busy');
  await room.call('post', ['ann', 'first']);
  // Many turns of one object queue up, so that most still wait when the stop comes.
  const flood = Array.from({ length: 64 }, (_, i) => room.call('post', ['ann', `${i}`]));
  await flood[0];
  const stopped = first.stop();
  const answers = await Promise.allSettled(flood);
  assert.equal((await stopped).code, 0);
  const stored = answers.filter((one) => one.status === 'fulfilled').map((one) => one.value.id);
  assert.deepEqual(answers.filter((one) => one.status === 'rejected').map((one) => one.reason.message), []);
  const second = await Host.start(t, folder);
  const ids = (await second.object('chat-room', 'busy').read('history', { limit: 500 })).map((message) => message.id);
  assert.ok(stored.every((id) => ids.includes(id)));
});

test('A crash is told apart from a clean stop', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  await first.object('counter', 'x').call('increment');
  await first.kill();
  const second = await Host.start(t, folder);
  assert.doesNotMatch(second.output, /after a clean stop/);
  await second.stop();
  const third = await Host.start(t, folder);
  assert.match(third.output, /after a clean stop/);
  assert.equal(await third.object('counter', 'x').read('get'), 1);
});

test('A stop with open sockets does not wait for them, and the room forgets them', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  const guests = await Promise.all(['ann', 'bob', 'cid'].map((author) => Guest.join('lobby', author, { url: first.url, key: undefined })));
  await guests[0].tell('hello');
  const started = performance.now();
  assert.equal((await first.stop()).code, 0);
  assert.ok(performance.now() - started < 15_000, 'the stop waited for its clients');
  await Promise.all(guests.map((guest) => guest.closed));
  const second = await Host.start(t, folder);
  assert.match(second.output, /after a clean stop/);
  assert.equal((await second.object('chat-room', 'lobby').describe()).json.sockets, 0);
});
