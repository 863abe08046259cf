// One turn at a time, none lost: many clients on many objects.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fresh } from '../lib/objects.mjs';
import { increments } from '../lib/load.mjs';
import { Client } from '../lib/http.mjs';
import { apiKey, baseUrl, some } from '../lib/target.mjs';

test('10,000 increments from 64 connections over 100 counters: every answer distinct, every total exact', async () => {
  const each = some(100);
  const counters = Array.from({ length: some(100) }, () => fresh('counter'));
  const answers = await increments(counters, { each, workers: some(64) });
  for (const counter of counters) {
    const got = answers.get(counter);
    assert.deepEqual([...got].sort((a, b) => a - b), Array.from({ length: each }, (_, i) => i + 1));
    assert.equal(await counter.read('get'), each);
  }
});

test('A client that sees a result sees it in every later read', async () => {
  const counter = fresh('counter');
  const reader = new Client(baseUrl, apiKey);
  for (let i = 1; i <= some(200); i++) {
    await counter.call('increment');
    assert.equal(await reader.object('counter', counter.key).read('get'), i);
  }
  reader.close();
});

test('Reads beside writes never go back', async () => {
  const counter = fresh('counter');
  let isWriting = true;
  const write = (async () => {
    for (let i = 0; i < some(300); i++) {
      await counter.call('increment');
    }
    isWriting = false;
  })();
  const read = async () => {
    for (let last = 0; isWriting;) {
      const now = await counter.read('get');
      assert.ok(now >= last, `${now} after ${last}`);
      last = now;
    }
  };
  await Promise.all([write, read(), read(), read()]);
  assert.equal(await counter.read('get'), some(300));
});
