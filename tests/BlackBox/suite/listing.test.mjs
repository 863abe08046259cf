// GET /api/objects and GET /api/objects/{class}?prefix=&limit=&cursor=

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { client, freshName, object } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';

const prefix = freshName('list');
const names = Array.from({ length: 25 }, (_, i) => `${prefix} ${String.fromCodePoint(0x41 + ((i * 7) % 25))}-ü`);
const sorted = [...names].sort();

const page = (query) => client.get(`/api/objects/counter?${new URLSearchParams(query)}`);
const namesOf = ({ json }) => json.objects.map((one) => one.name);

before(() => Promise.all(names.map((name) => object('counter', name).call('increment'))));

test('The classes are listed with their methods', async () => {
  const { classes } = (await client.get('/api/objects')).json;
  const names = classes.map((one) => one.name);
  for (const name of ['account', 'chat-room', 'counter', 'rate-limiter', 'scheduler']) {
    assert.ok(names.includes(name), name);
  }
  assert.deepEqual(classes.find((one) => one.name === 'counter').methods, [
    { name: 'decrement', readOnly: false }, { name: 'get', readOnly: true },
    { name: 'increment', readOnly: false }, { name: 'reset', readOnly: false },
  ]);
});

test('Objects of a prefix are listed in the order of their names', async () => {
  const answer = await page({ prefix });
  assert.deepEqual(namesOf(answer), sorted);
  assert.equal(answer.json.cursor, undefined);
  const [first] = answer.json.objects;
  assert.match(first.id, /^[0-9a-f]{64}$/);
  assert.equal(first.sockets, 0);
  assert.equal(first.alarm, null);
});

test('Pages follow each other by their cursor, with nothing twice and nothing left out', async () => {
  for (const limit of [1, 7, 24, 25, 26]) {
    const seen = [];
    let cursor;
    do {
      const answer = await page({ prefix, limit, ...(cursor && { cursor }) });
      assert.ok(answer.json.objects.length <= limit);
      seen.push(...namesOf(answer));
      cursor = answer.json.cursor;
    } while (cursor);
    assert.deepEqual(seen, sorted, `pages of ${limit}`);
  }
});

test('A cursor still holds when the object that it stands on has gone', async () => {
  const own = freshName('cursor');
  for (const letter of 'abc') {
    await object('counter', own + letter).call('increment');
  }
  const first = await page({ prefix: own, limit: 1 });
  await object('counter', `${own}a`).delete();
  assert.deepEqual(namesOf(await page({ prefix: own, limit: 5, cursor: first.json.cursor })), [`${own}b`, `${own}c`]);
});

test('A prefix is taken as it is, wildcards and all', async () => {
  assert.deepEqual(namesOf(await page({ prefix: `${prefix}%` })), []);
  assert.deepEqual(namesOf(await page({ prefix: `${prefix.slice(0, -1)}_` })), []);
  assert.deepEqual(namesOf(await page({ prefix: sorted[3] })), [sorted[3]]);
});

test('Limits and cursors out of bounds are 400 and named', async () => {
  for (const limit of ['0', '-1', '1001', 'ten', '', '1.5']) {
    assertProblem(await page({ limit }), 400, 'invalid-argument', "'limit'");
  }
  for (const cursor of ['***', '_w', 'a']) {
    assertProblem(await page({ cursor }), 400, 'invalid-argument', "'cursor'");
  }
  assertProblem(await client.get('/api/objects/no-such-class'), 404, 'unknown-class');
});

test('What was only read is not listed: it does not exist', async () => {
  const name = freshName('read');
  await object('counter', name).read('get');
  await object('chat-room', name).read('history');
  assert.deepEqual(namesOf(await page({ prefix: name })), []);
  assert.deepEqual(namesOf(await client.get(`/api/objects/chat-room?prefix=${name}`)), []);
});
