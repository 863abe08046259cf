// The object classes replicated-log and log-follower: what a majority has stays, a minority does not stop it, a majority is reported.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listener } from '../lib/listener.mjs';
import { fresh, object } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

const follower = (log, number) => object('log-follower', `${log.key}:${number}`);
const isolate = (log, number, isolated) => follower(log, number).call('isolate', { isolated });
const isCommitted = (log, index) => until(`${index} is committed`, async () => (await log.read('status')).committed >= index);
const idsOf = (page) => page.entries.map((entry) => entry.id);

/** Waits until each follower has all of the leader's log, and knows it. */
async function inStep(log, replicas = 3) {
  const { entries, committed, last } = await log.read('read', { from: (await log.read('status')).first });
  assert.equal(committed, last);
  for (let number = 1; number <= replicas; number++) {
    const status = await until(`follower ${number} is in step`, async () => {
      const status = await follower(log, number).read('status');
      return status.committed === last && status;
    });
    assert.equal(status.hash, entries.at(-1).hash);
    assert.deepEqual((await follower(log, number).read('read', { from: status.first })).entries, entries);
  }
}

test('What several clients append at once has one order, is committed, and is the same everywhere', async () => {
  const log = fresh('replicated-log');
  const appended = await Promise.all(Array.from({ length: 20 }, (_, i) => log.call('append', { data: { i }, id: `entry ${i}` })));
  assert.deepEqual(appended.map((one) => one.index).toSorted((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i + 1));
  await isCommitted(log, 20);
  const { entries, next } = await log.read('read');
  assert.equal(next, null);
  for (const { index, id } of appended) {
    const entry = entries[index - 1];
    assert.deepEqual([entry.id, entry.state, entry.data], [id, 'committed', { i: Number(id.slice(6)) }]);
    assert.deepEqual(await log.read('entry', { index }), entry);
  }
  await inStep(log);
});

test('A repeated append says how its entry stands, and appends nothing', async () => {
  const log = fresh('replicated-log');
  const first = await log.call('append', { data: [1], id: 'a' });
  assert.deepEqual(first, { index: 1, id: 'a', state: 'pending' });
  await until('it is committed', async () => (await log.call('append', { data: [1], id: 'a' })).state === 'committed');
  assertProblem(await log.post('append', { data: [2], id: 'a' }), 409, 'entry-id-reused', "'a'");
  assert.equal((await log.read('status')).last, 1);
});

test('Pages follow each other', async () => {
  const log = fresh('replicated-log');
  await Promise.all(Array.from({ length: 7 }, (_, i) => log.call('append', { data: i })));
  await isCommitted(log, 7);
  const indexes = [];
  for (let from = 1; from; ) {
    const page = await log.read('read', { from, limit: 3 });
    indexes.push(...page.entries.map((entry) => entry.index));
    from = page.next;
  }
  assert.deepEqual(indexes, [1, 2, 3, 4, 5, 6, 7]);
});

test('One of three may be away; it catches up, from a snapshot if it has to', async () => {
  const log = fresh('replicated-log');
  await log.call('append', { data: 1, id: 'first' });
  await isCommitted(log, 1);
  await isolate(log, 2, true);
  await Promise.all(Array.from({ length: 10 }, (_, i) => log.call('append', { data: i })));
  await isCommitted(log, 11);
  assert.ok((await follower(log, 2).read('status')).last <= 1);
  assert.equal((await log.call('compact', { upTo: 8, snapshot: { upTo: 8 } })).index, 8);
  assertProblem(await log.get('read', { from: 8 }), 410, 'log-compacted', '9');

  await isolate(log, 2, false);
  await inStep(log);
  assert.deepEqual((await follower(log, 2).read('snapshot')).value, { upTo: 8 });
});

test('A majority that is away is reported; when it is back, all goes on by itself', async () => {
  const log = fresh('replicated-log');
  await log.call('configure', { unavailableAfterSeconds: 0.5 });
  await log.call('append', { data: 1, id: 'a' });
  await isCommitted(log, 1);
  await Promise.all([isolate(log, 1, true), isolate(log, 3, true)]);
  await log.call('append', { data: 2, id: 'b' });
  const { pendingSince } = await until('it is unavailable', async () => {
    const status = await log.read('status');
    return status.state === 'unavailable' && status;
  });
  assert.ok(Date.parse(pendingSince) > 0);
  assert.equal(assertProblem(await log.post('append', { data: 3 }), 503, 'log-unavailable', 'majority').retryable, true);
  assert.equal((await log.call('append', { data: 2, id: 'b' })).state, 'pending');
  assert.deepEqual(idsOf(await log.read('read')), ['a']);
  assert.deepEqual(idsOf(await log.read('read', { consistency: 'latest' })), ['a', 'b']);

  await isolate(log, 3, false);
  await isCommitted(log, 2);
  assert.equal((await log.read('status')).state, 'available');
  await isolate(log, 1, false);
  await inStep(log);
});

test('A leader that was deleted gets its log back from its followers', async () => {
  const log = fresh('replicated-log');
  for (const id of ['a', 'b', 'c']) {
    await log.call('append', { data: id, id });
  }
  await isCommitted(log, 3);
  const before = await log.read('read');
  assert.equal((await log.delete()).status, 204);
  await log.call('recover');
  await isCommitted(log, 3);
  assert.deepEqual(await log.read('read'), before);
  await log.call('append', { data: 'd', id: 'd' });
  await isCommitted(log, 4);
  await inStep(log);
});

test('A leader that was returned to its past never shows it, and gets its log back', async () => {
  const log = fresh('replicated-log');
  await log.call('append', { data: 1, id: 'one' });
  await isCommitted(log, 1);
  const { current } = (await log.get('recovery-points')).json;
  await log.call('append', { data: 2, id: 'two' });
  await isCommitted(log, 2);

  await log.call('restore', { bookmark: current });

  const { json } = await until('the log can be read', async () => {
    const answer = await log.get('read');
    assert.ok(answer.status === 200 || answer.status === 503, answer.text);
    return answer.status === 200 && answer;
  });
  assert.deepEqual(idsOf(json), ['one', 'two']);
  await inStep(log);
});

test('The number of followers can be changed', async () => {
  const log = fresh('replicated-log');
  await log.call('append', { data: 1 });
  await log.call('configure', { replicas: 5 });
  await isCommitted(log, 2);
  const { replicas, majority } = await log.read('status');
  assert.deepEqual([replicas, majority], [5, 3]);
  assert.equal((await log.read('entry', { index: 2 })).replicas, 5);
  await inStep(log, 5);
});

test('Who listens hears what is committed', async () => {
  const log = fresh('replicated-log');
  const listener = await Listener.connect('replicated-log', log.key, ['status', 'committed']);
  try {
    assert.equal((await listener.hears('status')).last, 0);
    await log.call('append', { data: 1 });
    assert.deepEqual(await listener.hears('committed'), { from: 1, to: 1 });
  } finally {
    await listener.leave();
  }
});

test('What is out of bounds is refused by name', async () => {
  const log = fresh('replicated-log');
  await log.call('append', { data: 1, id: 'a' });
  assertProblem(await log.post('append', { data: 'x'.repeat(65_535) }), 400, 'invalid-argument', "'data'");
  assertProblem(await log.post('append', { data: 1, id: '' }), 400, 'invalid-argument', "'id'");
  assertProblem(await log.post('append', {}), 400, 'invalid-argument', "'data'");
  assertProblem(await log.post('configure', { replicas: 8 }), 400, 'invalid-argument', "'replicas'");
  assertProblem(await log.get('read', { limit: 101 }), 400, 'invalid-argument', "'limit'");
  assertProblem(await log.get('read', { consistency: 'eventual' }), 400, 'invalid-argument', "'consistency'");
  assertProblem(await log.get('entry', { index: 9 }), 404, 'unknown-entry', '9');
  assertProblem(await log.post('compact', { upTo: 9 }), 409, 'not-committed', '9');
  assertProblem(await object('log-follower', log.key).post('isolate', { isolated: true }), 400, 'invalid-argument', 'follower');
  const reply = { replica: 1, epoch: 9, sequence: 1, verdict: 'stored', verified: 9, hash: '', committed: 9, base: 0 };
  assertProblem(await log.post('acknowledge', { reply }), 403, 'forbidden');
  assertProblem(await follower(log, 1).post('dismiss'), 403, 'forbidden');
});

test('A destroyed log is gone, with its followers', async () => {
  const log = fresh('replicated-log');
  await log.call('append', { data: 1 });
  await isCommitted(log, 1);
  await log.call('destroy');
  await until('all are gone', async () => {
    const all = await Promise.all([log, follower(log, 1), follower(log, 2), follower(log, 3)].map((one) => one.describe()));
    return all.every(({ status }) => status === 404);
  });
});
