// Keys: a name of any characters, percent-encoded, or "id:" and 64 hex digits. No two names are ever one object.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hibernate } from '../lib/hibernation.mjs';
import { client, fresh, freshName, isRefused, object } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';

const awkward = [
  'a b', 'a+b', 'a%20b', 'a%2Fb', 'a/b', 'a//b', '/a', 'a/', '/', '%', '%%', '%25', '%2', '%zz', 'a\\b', 'a?b=c', 'a#b', 'a&b', 'a;b',
  'a:b', 'ID:x', 'Größe', 'Gro\u0308ße', '東京', '👩‍👩‍👧‍👦', 'עברית', '\u0001', 'tab\there', 'new\nline', "quote'\"", '<tag>', '..a', 'a/../b', '.hidden',
  'fetch', 'negotiate', 'null', 'A', 'a', ' ', ' a', 'a ', '\u00a0', '\ufeff', 'I', 'ı', 'İ',
];

test('Every name is an object of its own, and is described under its name', async () => {
  const suffix = freshName('');
  const counters = [];
  for (const name of awkward) {
    const counter = object('counter', name + suffix);
    if (!(await isRefused(counter))) {
      counters.push(counter);
    }
  }
  assert.ok(counters.length > awkward.length / 2);
  for (const [i, counter] of counters.entries()) {
    assert.equal(await counter.call('increment', { by: i + 1 }), i + 1, `${JSON.stringify(counter.key)} is not new`);
  }
  const ids = new Set();
  for (const [i, counter] of counters.entries()) {
    assert.equal(await counter.read('get'), i + 1, JSON.stringify(counter.key));
    const { json } = await counter.describe();
    assert.equal(json.name, counter.key);
    ids.add(json.id);
  }
  assert.equal(ids.size, counters.length);
});

test('Names are compared to the byte: case and composition matter', async () => {
  const suffix = freshName('');
  const ids = await Promise.all(['é', 'e\u0301', 'É'].map(async (name) => {
    const counter = object('counter', name + suffix);
    await counter.call('increment');
    return (await counter.describe()).json.id;
  }));
  assert.equal(new Set(ids).size, 3);
});

test('Escapes that need not be are the same key: %61 is a, and %2f is %2F', async () => {
  const slashed = object('counter', freshName('a/b'));
  const name = (await isRefused(slashed)) ? freshName('ab') : slashed.key;
  await object('counter', name).call('increment');
  const escaped = [...Buffer.from(name)].map((byte) => `%${byte.toString(16)}`).join('');
  assert.equal((await client.get(`/api/objects/counter/${escaped}/get`)).json, 1);
  assert.equal((await client.get(`/api/objects/counter/${name.replace('/', '%2f')}/get`)).json, 1);
});

test('A key that is not percent-encoded UTF-8 is 400', async () => {
  for (const key of ['%ff', '%ed%a0%80', '%c0%af', 'a%ffb']) {
    assertProblem(await client.post(`/api/objects/counter/${key}/increment`), 400, 'invalid-argument');
  }
});

test('A name of 512 bytes is taken, and one more is not', async () => {
  const longest = freshName().padEnd(512, 'x');
  assert.equal(await object('counter', longest).call('increment'), 1);
  assertProblem(await object('counter', `${longest}x`).post('increment'), 400, 'invalid-argument', '512');
  assertProblem(await object('counter', 'ü'.repeat(257)).post('increment'), 400, 'invalid-argument', '512');
});

test('A new unique id is used as id:…', async () => {
  const created = await client.post('/api/objects/counter');
  assert.equal(created.status, 201);
  assert.match(created.json.id, /^[0-9a-f]{64}$/);
  const counter = object('counter', `id:${created.json.id}`);
  assert.ok(decodeURIComponent(created.headers.location).endsWith(`/api/objects/counter/id:${created.json.id}`));
  assertProblem(await counter.describe(), 404, 'unknown-object');
  assert.equal(await counter.call('increment'), 1);
  const { json } = await counter.describe();
  assert.equal(json.id, created.json.id);
  assert.equal(json.name, null);
  assert.equal((await client.get(`${created.headers.location}/get`)).json, 1);
});

test('An object with a name is reached by its id too, in digits of either case, and keeps its name', async () => {
  const counter = fresh('counter');
  await counter.call('increment');
  const { id } = (await counter.describe()).json;
  assert.equal(await object('counter', `id:${id}`).call('increment'), 2);
  assert.equal(await object('counter', `id:${id.toUpperCase()}`).call('increment'), 3);
  assert.equal((await object('counter', `id:${id}`).describe()).json.name, counter.key);
});

test('An object that was first asked for by its id still gets the name that it is created under', async () => {
  const counter = fresh('counter');
  await counter.call('increment');
  const byId = object('counter', `id:${(await counter.describe()).json.id}`);
  await counter.purge();
  await hibernate();
  assert.equal(await byId.read('get'), 0);
  await counter.call('increment');
  assert.equal((await byId.describe()).json.name, counter.key);
  const page = await client.get(`/api/objects/counter?prefix=${encodeURIComponent(counter.key)}`);
  assert.deepEqual(page.json.objects.map((one) => one.name), [counter.key]);
});

test('An id of another class is 404, and what is no id is 400', async () => {
  const { id } = (await client.post('/api/objects/counter')).json;
  assertProblem(await object('chat-room', `id:${id}`).get('history'), 404, 'unknown-object', id);
  assertProblem(await object('counter', `id:${id.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))}`).get('get'), 404, 'unknown-object');
  assertProblem(await object('counter', `id:${id}00`).get('get'), 400, 'invalid-argument');
  assertProblem(await object('counter', 'id:').get('get'), 400, 'invalid-argument');
  assertProblem(await object('counter', `id:${'g'.repeat(64)}`).get('get'), 400, 'invalid-argument');
  assertProblem(await client.post('/api/objects/no-such-class'), 404, 'unknown-class');
});
