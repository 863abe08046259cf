// What every event-sourced object has, as the object class account shows it. What is the account's own is in account.test.mjs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { some } from '../lib/target.mjs';
import { until } from '../lib/until.mjs';

test('What happened is read as events, in order and in pages', async () => {
  const ledger = fresh('account');
  assert.deepEqual(await ledger.read('events'), []);
  await ledger.call('deposit', ['ann', 10.50]);
  await ledger.call('transfer', ['ann', 'bob', 4]);
  await ledger.call('withdraw', ['bob', 0.0001]);
  const events = await ledger.read('events');
  assert.deepEqual(events.map(({ position, stream, type, version, data }) => [position, stream, type, version, data]), [
    [1, 'ann', 'deposited', 1, { amount: 10.5 }],
    [2, 'ann', 'sent', 1, { to: 'bob', amount: 4 }],
    [3, 'bob', 'received', 1, { from: 'ann', amount: 4 }],
    [4, 'bob', 'withdrawn', 1, { amount: 0.0001 }],
  ]);
  assert.ok(events.every(({ at }) => !Number.isNaN(Date.parse(at))));
  assert.deepEqual(await ledger.read('events', { after: 1, limit: 2 }), events.slice(1, 3));
  assert.deepEqual(await ledger.read('events', { after: 2, stream: 'bob' }), events.slice(2));
  assert.deepEqual(await ledger.read('events', { after: 4 }), []);
});

test('Who follows learns that the object was returned to an earlier moment', async () => {
  const ledger = fresh('account');
  await ledger.call('deposit', ['ann', 1]);
  const { current } = await ledger.read('recovery-points');
  await ledger.call('deposit', ['ann', 2]);
  const { position: after, at: afterAt } = (await ledger.read('events')).at(-1);
  assert.deepEqual(await ledger.read('events', { after, afterAt }), []);

  const back = await ledger.call('restore', { bookmark: current });
  assertProblem(await ledger.get('events', { after, afterAt }), 409, 'history-changed', 'no event 2');
  await ledger.call('deposit', ['ann', 3]);
  assert.deepEqual(await ledger.read('events', { after }), []);
  assertProblem(await ledger.get('events', { after, afterAt }), 409, 'history-changed', 'Event 2');
  await ledger.call('restore', { bookmark: back.undo });
  assert.deepEqual(await ledger.read('events', { after, afterAt }), []);
  assertProblem(await ledger.get('events', { afterAt }), 400, 'invalid-argument', "'afterAt'");
});

test('What is refused leaves no event', async () => {
  const ledger = fresh('account');
  await ledger.call('deposit', ['ann', 1]);
  assertProblem(await ledger.post('transfer', ['ann', 'bob', 2]), 409, 'insufficient-funds');
  assert.equal((await ledger.read('events')).length, 1);
  assert.equal((await ledger.call('deposit', ['bob', 1])).id, 2);
});

test('A balance goes on from a snapshot', async () => {
  const ledger = fresh('account');
  for (let i = 1; i <= 45; i++) {
    assert.equal((await ledger.call('deposit', ['ann', 1])).balance, i);
  }
  assertProblem(await ledger.post('withdraw', ['ann', 46]), 409, 'insufficient-funds');
  assert.equal((await ledger.call('withdraw', ['ann', 45])).balance, 0);
});

test('Projections made anew under way are what they were, and miss nothing', async () => {
  const ledger = fresh('account');
  await ledger.call('deposit', ['ann', 1000]);
  const transfers = Promise.all(Array.from({ length: some(60) }, () => ledger.call('transfer', ['ann', 'bob', 1])));
  for (let i = 0; i < 5; i++) {
    await ledger.call('rebuildProjections');
  }
  await transfers;
  const before = await ledger.read('statement', { account: 'ann', limit: 1000 });
  await ledger.call('rebuildProjections');
  const status = await until('they are made', async () => {
    const one = await ledger.read('projected');
    return !one.rebuilding && one;
  });
  const events = 1 + 2 * some(60);
  assert.deepEqual(status, { lastEvent: events, projected: events, rebuilding: false, readable: true });
  assert.deepEqual(await ledger.read('statement', { account: 'ann', limit: 1000 }), before);
  assert.equal(before.length, 1 + some(60));
  assert.equal(await ledger.read('balance', { account: 'bob' }), some(60));
});

test('Pages out of bounds are 400 and named', async () => {
  const ledger = fresh('account');
  for (const limit of [0, 1001, -1]) {
    assertProblem(await ledger.get('events', { limit }), 400, 'invalid-argument', "'limit'");
  }
  assertProblem(await ledger.post('events', { stream: 'x'.repeat(257) }), 400, 'invalid-argument', "'stream'");
  assertProblem(await ledger.describe(), 404, 'unknown-object');
});
