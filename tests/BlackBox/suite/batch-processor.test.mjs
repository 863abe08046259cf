// The object class batch-processor: writes are durable when they are queued, and applied in batches, all or none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listener } from '../lib/listener.mjs';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { some } from '../lib/target.mjs';
import { until } from '../lib/until.mjs';

const item = (i) => ({ id: `item-${i}`, key: `key-${String(i).padStart(3, '0')}`, value: { i } });
const settled = (one, id) => until(`${id} is settled`, async () => {
  const result = await one.read('result', { id });
  return result.state !== 'queued' && result;
});

test('The last item that a batch has room for flushes it in its own turn', async () => {
  const one = fresh('batch-processor');
  await one.call('configure', { maxMilliseconds: 60_000 });
  for (let i = 1; i <= 9; i++) {
    assert.deepEqual(await one.call('add', item(i)), { id: `item-${i}`, state: 'queued', batch: null, code: null, error: null, culprit: null });
  }
  assert.equal(await one.read('get', { key: 'key-001' }), null);
  assert.deepEqual([(await one.call('add', item(10))).state, (await one.read('result', { id: 'item-1' })).state], ['applied', 'applied']);
  assert.deepEqual(await one.read('get', { key: 'key-001' }), { key: 'key-001', value: { i: 1 }, version: 1 });
  assert.equal((await one.read('list')).length, 10);
  assert.deepEqual((await one.read('list', { after: 'key-003', limit: 2 })).map(({ key }) => key), ['key-004', 'key-005']);
  const { queued, batches } = await one.read('status');
  assert.deepEqual([queued, batches], [0, 1]);
});

test('A batch that does not get full is flushed after its time', async () => {
  const one = fresh('batch-processor');
  await one.call('add', item(1));
  assert.equal((await settled(one, 'item-1')).state, 'applied');
});

test('Of many clients every item is applied once, in batches of the size that was set', async () => {
  const one = fresh('batch-processor');
  await one.call('configure', { maxItems: 7 });
  const count = some(100);
  const all = Array.from({ length: count }, (_, i) => item(i));
  // Each twice, as a client does that got no answer.
  await Promise.all([...all, ...all].map((each) => one.call('add', each)));
  const sizes = new Map();
  for (const { id } of all) {
    const { state, batch } = await settled(one, id);
    assert.equal(state, 'applied');
    sizes.set(batch, (sizes.get(batch) ?? 0) + 1);
  }
  assert.ok([...sizes.values()].every((size) => size <= 7));
  const entries = await one.read('list', { limit: 250 });
  assert.equal(entries.length, count);
  assert.ok(entries.every(({ version }) => version === 1));
});

test('An item at fault has its batch rejected as a whole, or is left out, as is set', async () => {
  const one = fresh('batch-processor');
  await one.call('configure', { maxItems: 3, maxMilliseconds: 60_000 });
  await one.call('add', { id: 'a', key: 'tea', value: 1 });
  await one.call('add', { id: 'b', key: 'rum', value: 1, expectedVersion: 2 });
  assert.deepEqual(await one.call('add', { id: 'c', key: 'gin', value: 1 }).then(({ state, code, culprit }) => [state, code, culprit]),
    ['rejected', 'batch-rejected', 'b']);
  assert.equal((await one.read('result', { id: 'b' })).code, 'version-conflict');
  assert.deepEqual(await one.read('list'), []);

  await one.call('configure', { onFailure: 'isolate' });
  await one.call('add', { id: 'a', key: 'tea', value: 1 });
  await one.call('add', { id: 'b', key: 'rum', value: 1, expectedVersion: 2 });
  assert.equal((await one.call('add', { id: 'c', key: 'gin', value: 1 })).state, 'applied');
  assert.equal((await one.read('result', { id: 'b' })).state, 'rejected');
  assert.deepEqual((await one.read('list')).map(({ key }) => key), ['gin', 'tea']);
});

test('A repetition changes nothing, and another write under the same id is refused', async () => {
  const one = fresh('batch-processor');
  await one.call('configure', { maxMilliseconds: 60_000 });
  await one.call('add', item(1));
  assert.equal((await one.call('add', item(1))).state, 'queued');
  assertProblem(await one.post('add', { ...item(1), value: 2 }), 422, 'item-id-reused', 'item-1');
  const report = await one.call('flush');
  assert.deepEqual([report.batch, report.items.map(({ id, state }) => [id, state])], [1, [['item-1', 'applied']]]);
  assert.equal((await one.call('add', item(1))).state, 'applied');
  assert.equal((await one.read('get', { key: 'key-001' })).version, 1);
  assert.equal((await one.post('flush')).json ?? null, null);
});

test('Clients hear over a socket what became of a batch, and may add by it', async () => {
  const one = fresh('batch-processor');
  const ann = await Listener.connect('batch-processor', one.key, ['flushed']);
  await ann.tell({ id: 'a', key: 'tea', value: 'from ann' });
  await one.call('add', { id: 'b', key: 'rum' });
  await ann.hears('flushed', ({ items }) => items.some(({ id, state }) => id === 'a' && state === 'applied'));
  await ann.hears('flushed', ({ items }) => items.some(({ id, state }) => id === 'b' && state === 'applied'));
  await assert.rejects(ann.tell('tea'), /item/);
  assert.equal((await one.read('get', { key: 'tea' })).value, 'from ann');
  await ann.leave();
});

test('Arguments out of bounds are 400 and named, unknown items 404', async () => {
  const one = fresh('batch-processor');
  const refuse = async (method, args, name) => assertProblem(await one.post(method, args), 400, 'invalid-argument', name);
  await refuse('add', { id: '', key: 'k' }, "'id'");
  await refuse('add', { id: 'x'.repeat(129), key: 'k' }, "'id'");
  await refuse('add', { id: 'i', key: '' }, "'key'");
  await refuse('add', { id: 'i', key: 'k'.repeat(257) }, "'key'");
  await refuse('add', { id: 'i', key: 'k', value: 'v'.repeat(16_383) }, "'value'");
  await refuse('add', { id: 'i', key: 'k', value: JSON.parse('['.repeat(33) + ']'.repeat(33)) }, "'value'");
  await refuse('add', { id: 'i', key: 'k', expectedVersion: -1 }, "'expectedVersion'");
  await refuse('configure', { maxItems: 0 }, "'maxItems'");
  await refuse('configure', { maxItems: 101 }, "'maxItems'");
  await refuse('configure', { maxMilliseconds: 60_001 }, "'maxMilliseconds'");
  await refuse('configure', { onFailure: 'sometimes' }, 'onFailure');
  await refuse('list', { limit: 251 }, "'limit'");
  assertProblem(await one.get('result', { id: 'i' }), 404, 'unknown-item', "'i'");
  assertProblem(await one.describe(), 404, 'unknown-object');
});
