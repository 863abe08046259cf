// Recovery: bookmarks, labelled points, and returns that can be undone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { setTimeout as sleep } from 'node:timers/promises';

const json = (answer, status) => {
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};

test('An object returns to a labelled point, and the return is undone', async () => {
  const counter = fresh('counter');
  await counter.call('increment', { by: 3 });
  const point = json(await counter.post('recovery-points', { label: 'three' }), 201);
  assert.match(point.hash, /^[0-9a-f]{64}$/);
  await counter.call('increment', { by: 39 });

  const back = json(await counter.post('restore', { label: 'three' }), 200);
  assert.equal(back.restored, point.bookmark);
  assert.equal((await counter.read('get')), 3);
  const again = json(await counter.post('recovery-points', { label: 'three again' }), 201);
  assert.equal(again.hash, point.hash);

  json(await counter.post('restore', { bookmark: back.undo }), 200);
  assert.equal((await counter.read('get')), 42);
  const { items } = json(await counter.get('recovery-points'), 200);
  assert.deepEqual(items, [point, again]);
});

test('Bookmarks sort in time order, and a time finds the newest before it', async () => {
  const counter = fresh('counter');
  const bookmarks = [];
  await counter.call('increment');
  const { current: first } = json(await counter.get('recovery-points'), 200);
  bookmarks.push(first);
  await sleep(20);
  const between = new Date().toISOString();
  await sleep(20);
  for (let i = 0; i < 3; i++) {
    await counter.call('increment');
    bookmarks.push(json(await counter.get('recovery-points'), 200).current);
  }
  assert.deepEqual(bookmarks.toSorted(), bookmarks);
  assert.equal(json(await counter.post('restore', { time: between }), 200).restored, first);
  assert.equal((await counter.read('get')), 1);
});

test('A deleted object comes back with what it had', async () => {
  const counter = fresh('counter');
  await counter.call('increment', { by: 7 });
  const { current } = json(await counter.get('recovery-points'), 200);
  assert.equal((await counter.delete()).status, 204);
  assertProblem(await counter.describe(), 404, 'unknown-object');
  json(await counter.post('restore', { bookmark: current }), 200);
  assert.equal((await counter.read('get')), 7);
  assert.equal((await counter.describe()).status, 200);
});

test('What was acknowledged after a return stays', async () => {
  const counter = fresh('counter');
  await counter.call('increment', { by: 1 });
  const { current } = json(await counter.get('recovery-points'), 200);
  await counter.call('increment', { by: 10 });
  const burst = Array.from({ length: 20 }, () => counter.call('increment', { by: 100 }));
  const back = counter.post('restore', { bookmark: current });
  await Promise.all([...burst, back]);
  json(await back, 200);
  const total = (await counter.read('get'));
  assert.equal(total % 100, 1, `${total}: what came before the return is gone as a whole`);
  await counter.call('increment', { by: 5 });
  assert.equal((await counter.read('get')), total + 5);
});

test('A moment that the object does not have is refused by name', async () => {
  const counter = fresh('counter');
  assertProblem(await counter.get('recovery-points'), 404, 'unknown-object');
  await counter.call('increment');
  const other = fresh('counter');
  await other.call('increment');
  const { current } = json(await other.get('recovery-points'), 200);
  assertProblem(await counter.post('restore', { bookmark: current }), 404, 'unknown-bookmark', current);
  assertProblem(await counter.post('restore', { label: 'nowhere' }), 404, 'unknown-bookmark', 'nowhere');
  assertProblem(await counter.post('restore', { bookmark: 'x' }), 400, 'invalid-argument', 'bookmark');
  assertProblem(await counter.post('restore', { time: '2001-01-01T00:00:00Z' }), 410, 'bookmark-expired', '2001');
  assertProblem(await counter.post('restore', {}), 400, 'invalid-argument', 'bookmark', 'time', 'label');
  json(await counter.post('recovery-points', { label: 'a' }), 201);
  assertProblem(await counter.post('recovery-points', { label: 'a' }), 409, 'label-taken', 'a');
  assertProblem(await counter.post('recovery-points', { label: '' }), 400, 'invalid-argument', '255');
});
