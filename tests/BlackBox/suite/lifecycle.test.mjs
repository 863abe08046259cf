// An object's beginning and end: GET and DELETE /api/objects/{class}/{key}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

test('An object is described once it exists', async () => {
  const counter = fresh('counter');
  assertProblem(await counter.describe(), 404, 'unknown-object');
  await counter.read('get');
  assertProblem(await counter.describe(), 404, 'unknown-object');
  const started = Date.now();
  const { headers } = await counter.post('increment');
  const answer = await counter.describe();
  const { json } = answer;
  assert.equal(json.class, 'counter');
  assert.equal(json.name, counter.key);
  assert.match(json.id, /^[0-9a-f]{64}$/);
  assert.ok(json.head.length > 0);
  assert.ok(json.databaseSize > 0);
  assert.equal(json.sockets, 0);
  assert.equal(json.alarm, null);
  assert.ok(Date.parse(json.lastActive) >= started - 1000);
  assert.equal(answer.headers.etag, headers.etag);
});

test('Describing an object does not change it', async () => {
  const counter = fresh('counter');
  await counter.call('increment');
  const first = (await counter.describe()).json;
  const second = (await counter.describe()).json;
  assert.equal(second.head, first.head);
});

test('A deleted object is gone, and begins anew when it is called again', async () => {
  const counter = fresh('counter');
  await counter.call('increment', { by: 41 });
  const answer = await counter.delete();
  assert.equal(answer.status, 204);
  assert.equal(answer.text, '');
  assertProblem(await counter.describe(), 404, 'unknown-object');
  assert.equal(await counter.read('get'), 0);
  assert.equal(await counter.call('increment'), 1);
  assert.equal((await counter.describe()).json.name, counter.key);
});

test('A deleted object with tables begins anew as well', async () => {
  const room = fresh('chat-room');
  await room.call('post', ['ann', 'one']);
  await room.delete();
  assert.deepEqual(await room.read('history'), []);
  assert.equal((await room.call('post', ['ann', 'two'])).id, 1);
});

test('A purged object begins anew, whatever there was', async () => {
  const room = fresh('chat-room');
  await room.call('post', ['ann', 'one']);
  assert.equal((await room.purge()).status, 204);
  assertProblem(await room.describe(), 404, 'unknown-object');
  assert.deepEqual(await room.read('history'), []);
  assert.equal((await room.call('post', ['ann', 'two'])).id, 1);
  assert.equal((await room.purge()).status, 204);
});

test('What does not exist cannot be deleted, and what never was cannot be purged', async () => {
  const counter = fresh('counter');
  assertProblem(await counter.delete(), 404, 'unknown-object');
  assertProblem(await counter.purge(), 404, 'unknown-object');
  await counter.call('increment');
  assert.equal((await counter.delete()).status, 204);
  assertProblem(await counter.delete(), 404, 'unknown-object');
});

test('The history of an object that was deleted can still be purged', async () => {
  const counter = fresh('counter');
  await counter.call('increment');
  await counter.delete();
  assert.equal((await counter.purge()).status, 204);
  assertProblem(await counter.purge(), 404, 'unknown-object');
  assert.equal(await counter.call('increment'), 1);
});

test('The end of an object ends its alarm', async () => {
  const [ended, fence, counter] = [fresh('scheduler'), fresh('scheduler'), fresh('counter')];
  const job = { id: 'job', target: { class: 'counter', key: counter.key, method: 'increment' } };
  const { due } = await ended.call('schedule', { ...job, delaySeconds: 0.5 });
  assert.equal((await ended.delete()).status, 204);
  await fence.call('schedule', { ...job, at: due });
  await until('the job that was not deleted ran', async () => (await fence.read('list')).length === 0);
  await until('it reached the counter', async () => (await counter.read('get')) > 0);
  assertProblem(await ended.describe(), 404, 'unknown-object');
  assert.equal(await counter.read('get'), 1);
});

test('A flag that is neither true nor false is 400, and the object stays', async () => {
  const counter = fresh('counter');
  await counter.call('increment');
  assertProblem(await client.delete(`${counter.path}?purge=yes`), 400, 'invalid-argument', "'purge'");
  assert.equal(await counter.read('get'), 1);
});
