// The object class cache, in front of the slow source of lib/cache-source.mjs, which run.mjs starts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshName, object } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { at, until } from '../lib/until.mjs';

const options = { skip: process.env.CACHE_SOURCES === undefined && 'the host has no sources for caches' };
const cached = (source, kind) => object('cache', `${source}:${freshName(kind)}`);

test('The source is asked once, and then the value is known', options, async () => {
  const one = object('cache', `shop:${freshName('grün & tea?')}`);
  assert.equal((await one.read('peek')).state, 'none');
  const miss = await one.call('get');
  assert.deepEqual([miss.state, miss.found, miss.error, miss.retryAfterSeconds], ['miss', true, null, 0]);
  assert.deepEqual(miss.value, { key: one.key.slice('shop:'.length), asked: 1, authorization: 'Bearer hush' });
  assert.equal(Date.parse(miss.freshUntil) - Date.parse(miss.loadedAt), 60_000);
  const hit = await one.call('get');
  assert.deepEqual(hit, { ...miss, state: 'hit' });
  assert.deepEqual(await one.read('peek'), hit);
});

test('However many ask at once, the source is asked once', options, async () => {
  const one = cached('shop', 'tea');
  const answers = await Promise.all(Array.from({ length: 30 }, () => one.call('get')));
  assert.ok(answers.every(({ value }) => value.asked === 1));
  assert.equal(answers.filter(({ state }) => state === 'miss').length, 1);
  assert.equal(answers.filter(({ state }) => state === 'hit').length, 29);
});

test('A stale value is answered while it is loaded anew in the background', options, async () => {
  const one = cached('brief', 'tea');
  const miss = await one.call('get');
  await at(Date.parse(miss.freshUntil) + 5);
  const stale = await one.call('get');
  assert.deepEqual([stale.state, stale.value.asked], ['stale', 1]);
  await until('it is loaded anew', async () => (await one.read('peek')).value.asked === 2);
});

test('That the source does not have it is remembered too', options, async () => {
  const one = cached('shop', 'none');
  const miss = await one.call('get');
  assert.deepEqual([miss.state, miss.found, miss.value], ['miss', false, null]);
  assert.equal((await one.call('get')).state, 'hit');
});

test('A source that fails is left alone for a while, and asked again then', options, async () => {
  const one = cached('shop', 'fails');
  const failed = await one.call('get');
  assert.deepEqual([failed.state, failed.found, failed.error, failed.retryAfterSeconds], ['failed', false, 'The source answered 500.', 1]);
  assert.deepEqual((await until('it is asked again', async () => {
    const result = await one.call('get');
    return result.state !== 'failed' && result;
  })).value.asked, 2);
});

test('What is too large and what redirects elsewhere are failures', options, async () => {
  assert.deepEqual([(await cached('shop', 'large').call('get')).state], ['failed']);
  assert.equal((await cached('shop', 'moved').call('get')).error, 'The source answered 302.');
});

test('It can be refreshed, invalidated and counted', options, async () => {
  const one = cached('shop', 'tea');
  await one.call('get');
  await one.call('get');
  const fresh = await one.call('refresh');
  assert.deepEqual([fresh.state, fresh.value.asked], ['miss', 2]);
  const { hits, misses, loads } = await one.read('figures');
  assert.ok(hits <= 1);
  assert.deepEqual([misses, loads], [2, 2]);
  assert.equal(await one.call('invalidate'), true);
  assert.equal(await one.call('invalidate'), false);
  assert.deepEqual([(await one.read('peek')).state, (await one.describe()).status], ['none', 404]);
  assert.equal((await one.call('get')).value.asked, 3);
});

test('It forgets itself when its value cannot be used any more', options, async () => {
  const one = cached('forgetful', 'tea');
  await one.call('get');
  await until('it is gone', async () => (await one.describe()).status === 404);
});

test('Names without a source or a key, unknown sources and forged loads are refused', async () => {
  for (const method of ['get', 'refresh', 'invalidate', 'peek']) {
    assertProblem(await object('cache', freshName('nosource')).post(method), 400, 'invalid-argument', '{source}:{key}');
    assertProblem(await object('cache', `nobody:${freshName()}`).post(method), 404, 'unknown-source', "'nobody'");
  }
  const one = cached('shop', 'tea');
  assertProblem(await one.post('loaded', { token: 'x', outcome: { found: true, value: 'forged' } }), 403, 'forbidden');
  assertProblem(await object('cache-loader', one.key).post('load', { token: 'x' }), 403, 'forbidden');
  assertProblem(await one.describe(), 404, 'unknown-object');
});
