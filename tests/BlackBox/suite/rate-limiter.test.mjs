// The object class rate-limiter: an exact sliding window. Times are the host's; what is checked holds however late answers come.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

test('A window holds its limit and no more', async () => {
  const limiter = fresh('rate-limiter');
  for (let left = 4; left >= 0; left--) {
    const result = await limiter.call('check', { limit: 5, windowSeconds: 3600 });
    assert.deepEqual([result.allowed, result.limit, result.remaining, result.retryAfterSeconds], [true, 5, left, 0]);
  }
  const refused = await limiter.call('check', { limit: 5, windowSeconds: 3600 });
  assert.equal(refused.allowed, false);
  assert.equal(refused.remaining, 0);
  assert.ok(refused.retryAfterSeconds > 3500 && refused.retryAfterSeconds <= 3600);
});

test('A refusal costs nothing', async () => {
  const limiter = fresh('rate-limiter');
  await limiter.call('check', { limit: 10, windowSeconds: 3600, cost: 8 });
  assert.equal((await limiter.call('check', { limit: 10, windowSeconds: 3600, cost: 3 })).allowed, false);
  const rest = await limiter.call('check', { limit: 10, windowSeconds: 3600, cost: 2 });
  assert.deepEqual([rest.allowed, rest.remaining], [true, 0]);
});

test('A hundred at once are admitted up to the limit exactly', async () => {
  const limiter = fresh('rate-limiter');
  const results = await Promise.all(
    Array.from({ length: 100 }, () => limiter.call('check', { limit: 37, windowSeconds: 3600 })));
  assert.equal(results.filter((one) => one.allowed).length, 37);
});

test('No window ever holds more than the limit, and room comes back when it has passed', async () => {
  const limiter = fresh('rate-limiter');
  const Window = 400;
  const admitted = [];
  const end = Date.now() + 4 * Window;
  while (Date.now() < end || admitted.length <= 3) {
    const before = Date.now();
    const result = await limiter.call('check', { limit: 3, windowSeconds: Window / 1000 });
    if (result.allowed) {
      admitted.push({ before, after: Date.now() });
    }
  }
  // The fourth after another came a whole window later: its answer, at the latest, after the other's question, at the earliest.
  for (let i = 3; i < admitted.length; i++) {
    const apart = admitted[i].after - admitted[i - 3].before;
    assert.ok(apart >= Window, `four admissions within ${apart} ms`);
  }
});

test('Waiting as long as it says suffices', async () => {
  const limiter = fresh('rate-limiter');
  let refused;
  do {
    refused = await limiter.call('check', { limit: 1, windowSeconds: 0.7 });
  } while (refused.allowed);
  assert.equal(refused.retryAfterSeconds, 1);
  await new Promise((resolve) => setTimeout(resolve, refused.retryAfterSeconds * 1000));
  assert.equal((await limiter.call('check', { limit: 1, windowSeconds: 0.7 })).allowed, true);
});

test('It forgets itself when a window has passed in which nothing was admitted', async () => {
  const limiter = fresh('rate-limiter');
  await limiter.call('check', { limit: 5, windowSeconds: 0.5 });
  await until('the limiter is gone', async () => (await limiter.describe()).status === 404);
});

test('It does not forget before the longest window that was asked for has passed', async () => {
  const limiter = fresh('rate-limiter');
  await limiter.call('check', { limit: 5, windowSeconds: 1.5 });
  await limiter.call('check', { limit: 5, windowSeconds: 3600 });
  const { alarm } = (await limiter.describe()).json;
  await until('the first alarm has fired', async () => (await limiter.describe()).json.alarm !== alarm);
  assert.equal((await limiter.call('check', { limit: 5, windowSeconds: 3600 })).remaining, 2);
});

test('Arguments out of bounds are 400 and named', async () => {
  const limiter = fresh('rate-limiter');
  const refuse = async (args, name) => assertProblem(await limiter.post('check', args), 400, 'invalid-argument', name);
  await refuse({ limit: 0, windowSeconds: 1 }, "'limit'");
  await refuse({ limit: 1_000_000_001, windowSeconds: 1 }, "'limit'");
  await refuse({ limit: 1, windowSeconds: 0 }, "'windowSeconds'");
  await refuse({ limit: 1, windowSeconds: -1 }, "'windowSeconds'");
  await refuse({ limit: 1, windowSeconds: 0.0001 }, "'windowSeconds'");
  await refuse({ limit: 1, windowSeconds: 31 * 86_400 + 1 }, "'windowSeconds'");
  await refuse({ limit: 1, windowSeconds: 1e28 }, "'windowSeconds'");
  await refuse({ limit: 5, windowSeconds: 1, cost: 0 }, "'cost'");
  await refuse({ limit: 5, windowSeconds: 1, cost: 6 }, "'cost'");
  await refuse({ limit: 5 }, "'windowSeconds'");
  assertProblem(await limiter.describe(), 404, 'unknown-object');
});
