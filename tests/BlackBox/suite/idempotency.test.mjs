// Idempotency-Key: a request that is repeated under its key runs once and gets the first answer again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, fresh, freshName } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { hibernate } from '../lib/hibernation.mjs';

const key = (value = freshName('key')) => ({ 'idempotency-key': value });

test('A repeated request gets the same answer, marked as a replay', async () => {
  const counter = fresh('counter');
  const headers = key();
  const first = await counter.post('increment', { by: 5 }, headers);
  assert.equal(first.headers['idempotency-replayed'], undefined);
  await counter.call('increment');
  const second = await counter.post('increment', { by: 5 }, headers);
  assert.equal(second.headers['idempotency-replayed'], 'true');
  assert.equal(second.status, first.status);
  assert.equal(second.text, first.text);
  assert.equal(second.headers.etag, first.headers.etag);
  assert.equal(await counter.read('get'), 6);
});

test('A refusal is repeated as well', async () => {
  const ledger = fresh('account');
  const headers = key();
  const first = await ledger.post('withdraw', ['ann', 5], headers);
  assertProblem(first, 409, 'insufficient-funds');
  await ledger.call('deposit', ['ann', 10]);
  const second = await ledger.post('withdraw', ['ann', 5], headers);
  assertProblem(second, 409, 'insufficient-funds');
  assert.equal(second.headers['idempotency-replayed'], 'true');
  assert.equal(second.text, first.text);
  assert.equal(await ledger.read('balance', { account: 'ann' }), 10);
});

test('A key that comes with another request is 422 and changes nothing', async () => {
  const counter = fresh('counter');
  const headers = key();
  await counter.post('increment', { by: 5 }, headers);
  assertProblem(await counter.post('increment', { by: 6 }, headers), 422, 'idempotency-key-reused');
  assertProblem(await counter.post('decrement', { by: 5 }, headers), 422, 'idempotency-key-reused');
  assert.equal((await counter.post('increment', { by: 5 }, headers)).json, 5);
  assert.equal(await counter.read('get'), 5);
});

test('The same key means nothing to another object', async () => {
  const headers = key();
  assert.equal((await fresh('counter').post('increment', undefined, headers)).json, 1);
  assert.equal((await fresh('counter').post('increment', undefined, headers)).headers['idempotency-replayed'], undefined);
});

test('Fifty repetitions at once run once', async () => {
  const counter = fresh('counter');
  const headers = key();
  const answers = await Promise.all(Array.from({ length: 50 }, () => counter.post('increment', { by: 7 }, headers)));
  assert.deepEqual([...new Set(answers.map((one) => `${one.status} ${one.text}`))], ['200 7']);
  assert.equal(answers.filter((one) => one.headers['idempotency-replayed'] === undefined).length, 1);
  assert.equal(await counter.read('get'), 7);
});

test('The answer outlives a hibernation', async () => {
  const counter = fresh('counter');
  const headers = key();
  await counter.post('increment', undefined, headers);
  await hibernate();
  assert.equal((await counter.post('increment', undefined, headers)).headers['idempotency-replayed'], 'true');
  assert.equal(await counter.read('get'), 1);
});

test('A one-way call with a key runs once', async () => {
  const counter = fresh('counter');
  const headers = key();
  for (let i = 0; i < 5; i++) {
    assert.equal((await client.post(`${counter.path}/increment?oneway=true`, { by: 2 }, { headers })).status, 202);
  }
  assert.equal(await counter.call('increment', { by: 0 }), 2);
});

test('A key has 1 to 255 characters', async () => {
  const counter = fresh('counter');
  assertProblem(await counter.post('increment', undefined, key('')), 400, 'invalid-argument', 'Idempotency-Key');
  assertProblem(await counter.post('increment', undefined, key('x'.repeat(256))), 400, 'invalid-argument', '255');
  assert.equal((await counter.post('increment', undefined, key('x'.repeat(255)))).json, 1);
});
