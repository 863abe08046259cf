// The object class chat-room over HTTP. What its sockets hear is in sockets.test.mjs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';

test('A message is stored with a number and the time', async () => {
  const room = fresh('chat-room');
  const before = Date.now();
  const first = await room.call('post', { author: 'ann', text: 'hello' });
  assert.deepEqual(Object.keys(first).sort(), ['at', 'author', 'id', 'text']);
  assert.equal(first.id, 1);
  assert.ok(Date.parse(first.at) >= before - 1);
  assert.equal((await room.call('post', { author: 'bob', text: 'hi' })).id, 2);
  assert.deepEqual((await room.read('history')).map(({ author, text }) => `${author}: ${text}`), ['ann: hello', 'bob: hi']);
});

test('The history is the newest 50 by default, in order, and pages go back from there', async () => {
  const room = fresh('chat-room');
  for (let i = 1; i <= 60; i++) {
    await room.call('post', ['ann', `${i}`]);
  }
  const ids = async (query) => (await room.read('history', query)).map((message) => message.id);
  const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  assert.deepEqual(await ids(), range(11, 60));
  assert.deepEqual(await ids({ before: 11 }), range(1, 10));
  assert.deepEqual(await ids({ limit: 3, before: 31 }), [28, 29, 30]);
  assert.deepEqual(await ids({ limit: 500 }), range(1, 60));
});

test('Authors and texts out of bounds are 400 and named, and leave nothing', async () => {
  const room = fresh('chat-room');
  assertProblem(await room.post('post', { author: ' ', text: 'x' }), 400, 'invalid-argument', "'author'");
  assertProblem(await room.post('post', { author: 'x'.repeat(65), text: 'x' }), 400, 'invalid-argument', "'author'", '64');
  assertProblem(await room.post('post', { author: 'ann', text: '' }), 400, 'invalid-argument', "'text'");
  assertProblem(await room.post('post', { author: 'ann', text: 'x'.repeat(2001) }), 400, 'invalid-argument', "'text'", '2,000', '2,001');
  for (const limit of [0, 501, -1]) {
    assertProblem(await room.get('history', { limit }), 400, 'invalid-argument', "'limit'");
  }
  assertProblem(await room.describe(), 404, 'unknown-object');
});
