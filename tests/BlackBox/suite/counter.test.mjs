// The object class counter.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';

const Most = '9223372036854775807';

test('It counts up and down, by one or by any number, and back to 0', async () => {
  const counter = fresh('counter');
  assert.equal(await counter.read('get'), 0);
  assert.equal(await counter.call('increment'), 1);
  assert.equal(await counter.call('increment', { by: 10 }), 11);
  assert.equal(await counter.call('decrement'), 10);
  assert.equal(await counter.call('decrement', [15]), -5);
  assert.equal(await counter.call('increment', { by: -5 }), -10);
  assert.equal(await counter.read('get'), -10);
  assert.equal(await counter.call('reset'), 0);
  assert.equal(await counter.read('get'), 0);
});

test('It holds 64 bits, to the last', async () => {
  const counter = fresh('counter');
  assert.equal((await counter.post('increment', `{"by":${Most}}`)).text, Most);
  assert.equal((await counter.get('get')).text, Most);
});

test('It refuses to overflow, and stays', async () => {
  const counter = fresh('counter');
  await counter.post('increment', `{"by":${Most}}`);
  assertProblem(await counter.post('increment'), 409, 'overflow', Most);
  assert.equal((await counter.get('get')).text, Most);
  await counter.call('reset');
  assertProblem(await counter.post('decrement', '{"by":-9223372036854775808}'), 409, 'overflow');
  assert.equal(await counter.read('get'), 0);
});
