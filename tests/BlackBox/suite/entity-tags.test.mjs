// ETag and If-Match: a change that was made in ignorance of another is refused with 412.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { Guest } from '../lib/room.mjs';

const tagOf = async (object) => (await object.describe()).headers.etag;

test('The tag moves with every change of data, and with nothing else', async () => {
  const counter = fresh('counter');
  const first = (await counter.post('increment')).headers.etag;
  assert.match(first, /^"[^"]+"$/);
  assert.equal((await counter.get('get')).headers.etag, first);
  assert.equal(await tagOf(counter), first);
  const second = (await counter.post('increment')).headers.etag;
  assert.notEqual(second, first);
  assertProblem(await counter.post('increment', { by: 'x' }), 400, 'invalid-argument');
  assert.equal(await tagOf(counter), second);
});

test('The tag does not move when a client comes or goes', async () => {
  const room = fresh('chat-room');
  await room.call('post', ['ann', 'hello']);
  const tag = await tagOf(room);
  const guest = await Guest.join(room.key, 'bob');
  assert.equal((await room.get('history')).headers.etag, tag);
  await guest.leave();
  assert.equal((await room.get('history')).headers.etag, tag);
});

test('A call with the current tag runs, and with an older one is refused and changes nothing', async () => {
  const counter = fresh('counter');
  const stale = (await counter.post('increment')).headers.etag;
  const next = await counter.post('increment', undefined, { 'if-match': stale });
  assert.equal(next.json, 2);
  assertProblem(await counter.post('increment', undefined, { 'if-match': stale }), 412, 'precondition-failed');
  assert.equal(await counter.read('get'), 2);
});

test('A read with an older tag is refused too', async () => {
  const counter = fresh('counter');
  const stale = (await counter.post('increment')).headers.etag;
  await counter.call('increment');
  assertProblem(await counter.get('get', {}, { 'if-match': stale }), 412, 'precondition-failed');
});

test('A star matches any object that exists', async () => {
  const counter = fresh('counter');
  assertProblem(await counter.post('increment', undefined, { 'if-match': '*' }), 412, 'precondition-failed');
  assertProblem(await counter.describe(), 404, 'unknown-object');
  await counter.call('increment');
  assert.equal((await counter.post('increment', undefined, { 'if-match': '*' })).json, 2);
});

test('No tag matches an object that does not exist', async () => {
  assertProblem(await fresh('counter').post('increment', undefined, { 'if-match': '"1"' }), 412, 'precondition-failed');
});

test('A tag of an object that was deleted does not match its successor', async () => {
  const counter = fresh('counter');
  const tag = (await counter.post('increment')).headers.etag;
  await counter.delete();
  await counter.call('increment');
  assertProblem(await counter.post('increment', undefined, { 'if-match': tag }), 412, 'precondition-failed');
});

test('A deletion heeds If-Match', async () => {
  const counter = fresh('counter');
  const stale = (await counter.post('increment')).headers.etag;
  const tag = (await counter.post('increment')).headers.etag;
  assertProblem(await counter.delete({ 'if-match': stale }), 412, 'precondition-failed');
  assert.equal(await counter.read('get'), 2);
  assert.equal((await counter.delete({ 'if-match': tag })).status, 204);
});

test('Of many changes made with one tag, one succeeds', async () => {
  const counter = fresh('counter');
  const tag = (await counter.post('increment')).headers.etag;
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => counter.post('increment', undefined, { 'if-match': tag })));
  assert.deepEqual(answers.map((one) => one.status).sort(), [200, ...Array(29).fill(412)]);
  assert.equal(await counter.read('get'), 2);
});

test('What is no strong tag is 400', async () => {
  const counter = fresh('counter');
  await counter.call('increment');
  for (const tag of ['W/"1"', '1', '"1', '"1", "2"', 'garbage', '"-1"', '""', '"99999999999999999999"']) {
    assertProblem(await counter.post('increment', undefined, { 'if-match': tag }), 400, 'invalid-argument', 'If-Match');
  }
  assertProblem(await client.delete(`${counter.path}?purge=true`, { headers: { 'if-match': '*' } }), 400, 'invalid-argument', 'If-Match');
  assert.equal(await counter.read('get'), 1);
});
