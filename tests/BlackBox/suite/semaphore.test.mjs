// The object class semaphore: permits up to a limit. What it has of a lock, queue, renewal and tokens, is in lock.test.mjs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { historyOnTheHost } from '../lib/lease-history.mjs';
import { Listener } from '../lib/listener.mjs';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

test('Of many at once as many acquire it as the limit says', async () => {
  const semaphore = fresh('semaphore');
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) =>
    semaphore.call('acquire', { owner: `owner ${i}`, limit: 7, ttlSeconds: 600 })));
  const tokens = answers.filter(({ acquired }) => acquired).map(({ fencingToken }) => fencingToken);
  assert.equal(tokens.length, 7);
  assert.equal(new Set(tokens).size, 7);
  const { held, holders } = await semaphore.read('state');
  assert.equal(held, 7);
  assert.deepEqual(holders.map(({ fencingToken }) => fencingToken), tokens.toSorted((a, b) => a - b));
});

test('Several permits are taken and given back together, and who waits for many is not overtaken', async () => {
  const semaphore = fresh('semaphore');
  const acquire = (owner, permits, waitSeconds = 0) => semaphore.call('acquire', { owner, limit: 4, ttlSeconds: 600, permits, waitSeconds });
  const ada = await acquire('ada', 3);
  assert.equal((await acquire('bob', 4, 600)).position, 1);
  assert.deepEqual(await acquire('carol', 1), {
    acquired: false, fencingToken: null, expiresAt: null, position: null, waitsUntil: null, heldUntil: ada.expiresAt,
  });
  assert.equal((await acquire('carol', 1, 600)).position, 2);
  assert.equal(await semaphore.call('release', { owner: 'ada', fencingToken: ada.fencingToken }), true);
  const { held, holders, queue } = await semaphore.read('state');
  assert.deepEqual([held, holders.map(({ owner, permits }) => [owner, permits])], [4, [['bob', 4]]]);
  assert.deepEqual(queue.map(({ owner, permits, limit }) => [owner, permits, limit]), [['carol', 1, 4]]);
  assert.equal(await semaphore.call('cancel', { owner: 'carol' }), true);
});

test('A lease that ends lets in all who fit, and they hear of it', async () => {
  const semaphore = fresh('semaphore');
  const owners = ['bob', 'carol'];
  const sockets = await Promise.all(
    owners.map((owner) => Listener.connect('semaphore', semaphore.key, ['granted'], { query: { owner } })));
  const ada = await semaphore.call('acquire', { owner: 'ada', limit: 2, permits: 2, ttlSeconds: 0.3 });
  for (const owner of owners) {
    await semaphore.call('acquire', { owner, limit: 2, ttlSeconds: 600, waitSeconds: 600 });
  }
  const granted = await Promise.all(sockets.map((one) => one.hears('granted')));
  assert.deepEqual(granted.map(({ owner, permits }) => [owner, permits]), [['bob', 1], ['carol', 1]]);
  assert.ok(ada.fencingToken < granted[0].fencingToken && granted[0].fencingToken < granted[1].fencingToken);
  assert.ok(granted.every(({ acquiredAt }) => Date.parse(acquiredAt) >= Date.parse(ada.expiresAt)));
  assertProblem(
    await semaphore.post('renew', { owner: 'ada', fencingToken: ada.fencingToken, ttlSeconds: 1 }), 409, 'lease-lost', "'ada'");
  await Promise.all(sockets.map((one) => one.leave()));
});

test('Workers are never more at once than the limit', async () => {
  const semaphore = fresh('semaphore');
  let inside = 0;
  await Promise.all(Array.from({ length: 6 }, async (_, i) => {
    const owner = `worker ${i}`;
    for (let turn = 0; turn < 3; turn++) {
      const { fencingToken } = await until(`${owner} has a permit`, async () => {
        const answer = await semaphore.call('acquire', { owner, limit: 2, ttlSeconds: 600, waitSeconds: 600 });
        return answer.acquired && answer;
      });
      assert.ok(++inside <= 2, `${inside} at once`);
      await semaphore.read('state');
      inside--;
      assert.equal(await semaphore.call('release', { owner, fencingToken }), true);
    }
  }));
});

test('A holder that asks for another number of permits is 409', async () => {
  const semaphore = fresh('semaphore');
  await semaphore.call('acquire', { owner: 'ada', limit: 5, permits: 2, ttlSeconds: 600 });
  assertProblem(
    await semaphore.post('acquire', { owner: 'ada', limit: 5, permits: 3, ttlSeconds: 600 }), 409, 'permits-differ', "'ada'", '2', '3');
});

test('Arguments out of bounds are 400 and named, and leave nothing', async () => {
  const semaphore = fresh('semaphore');
  const refuse = async (args, name) =>
    assertProblem(await semaphore.post('acquire', { owner: 'ada', limit: 5, ttlSeconds: 1, ...args }), 400, 'invalid-argument', name);
  await refuse({ owner: '' }, "'owner'");
  await refuse({ limit: 0 }, "'limit'");
  await refuse({ limit: 1001 }, "'limit'");
  await refuse({ permits: 0 }, "'permits'");
  await refuse({ permits: 6 }, "'permits'");
  await refuse({ permits: 1.5 }, "'permits'");
  await refuse({ ttlSeconds: 0 }, "'ttlSeconds'");
  await refuse({ waitSeconds: 1e9 }, "'waitSeconds'");
  assertProblem(await semaphore.describe(), 404, 'unknown-object');
});

// By the clock of this machine, which only a host that was started here is sure to have.
test('What clients see at once could all have been done one thing at a time', { skip: !process.env.HOST_KIND }, () =>
  historyOnTheHost(fresh('semaphore'), 12));
