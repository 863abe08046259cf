// The object classes sharded-counter and counter-shard: many add at many objects, and nothing is lost or counted twice.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { fresh, object } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { some } from '../lib/target.mjs';
import { until } from '../lib/until.mjs';

const any = (list) => list[Math.floor(Math.random() * list.length)];
const shardOf = (counter, number) => object('counter-shard', `${counter.key}:${number}`);
const add = (key, by = 1) => object('counter-shard', key).call('add', { by });

/** The total with every add that was answered before now. */
async function exactTotal(counter) {
  const round = await counter.call('flush');
  return until('every shard has reported', async () => {
    const total = await counter.read('total');
    return total.round >= round && total;
  });
}

test('Adds at any shard come to the total by themselves', async () => {
  const counter = fresh('sharded-counter');
  const { class: className, keys } = await counter.read('shards');
  assert.equal(className, 'counter-shard');
  assert.deepEqual(keys, Array.from({ length: 8 }, (_, i) => `${counter.key}:${i}`));
  await counter.call('configure', { stalenessSeconds: 0.2 });
  assert.equal(await add(keys[0]), 1);
  assert.equal(await add(keys[0], 4), 5);
  assert.equal(await add(keys[7], -2), -2);
  const total = await until('all is reported', async () => {
    const one = await counter.read('total');
    return one.total === 3 && one;
  });
  assert.deepEqual(
    Object.keys(total),
    ['total', 'stalenessSeconds', 'shards', 'reportedAt', 'round', 'epoch', 'isEpochComplete', 'previousTotal']);
  assert.deepEqual([total.stalenessSeconds, total.shards, total.epoch, total.isEpochComplete], [0.2, 8, 1, true]);
});

test('Nothing is lost by resizing while many add, some with old knowledge, and a round knows it all', async () => {
  const counter = fresh('sharded-counter');
  await counter.call('resize', { shards: 4 });
  let sum = 0;
  let isOver = false;
  const adding = Promise.all(Array.from({ length: 8 }, async () => {
    // Asked once: what is resized later, it does not hear of.
    const { keys } = await counter.read('shards');
    for (let i = 0; i < some(25); i++) {
      const by = 1 + Math.floor(Math.random() * 5);
      const current = i % 2 === 0 ? keys : (await counter.read('shards')).keys;
      await add(any(current), by);
      sum += by;
    }
  })).finally(() => (isOver = true));
  const resizing = (async () => {
    for (const shards of [1, 16, 2, 32, 3, 8]) {
      if (!isOver) {
        await counter.call('resize', { shards });
      }
    }
  })();
  await Promise.all([adding, resizing]);
  assert.equal((await exactTotal(counter)).total, sum);
});

test('A round has what was answered before it was asked for, also while others add', async () => {
  const counter = fresh('sharded-counter');
  await counter.call('configure', { stalenessSeconds: 3600 });
  const { keys } = await counter.read('shards');
  let answered = 0;
  let begun = 0;
  let isOver = false;
  const adding = Promise.all(Array.from({ length: 3 }, async () => {
    while (!isOver) {
      begun++;
      await add(any(keys));
      answered++;
    }
  }));
  for (let i = 0; i < 3; i++) {
    const least = answered;
    const { total } = await exactTotal(counter);
    assert.ok(total >= least && total <= begun, `${total} is not ${least} to ${begun}`);
  }
  isOver = true;
  await adding;
  assert.equal((await exactTotal(counter)).total, answered);
});

test('A reset keeps the count of the epoch before, to the last add', async () => {
  const counter = fresh('sharded-counter');
  const { keys } = await counter.read('shards');
  let sum = 0;
  let isOver = false;
  const adding = Promise.all(Array.from({ length: 3 }, async () => {
    while (!isOver) {
      await add(any(keys));
      sum++;
    }
  }));
  let ended = 0;
  for (let epoch = 2; epoch <= 3; epoch++) {
    assert.equal(await counter.call('reset'), epoch);
    const { previousTotal } = await until('every shard has heard of it', async () => {
      const total = await counter.read('total');
      return total.isEpochComplete && total;
    });
    ended += previousTotal;
  }
  isOver = true;
  await adding;
  const { total, previousTotal } = await exactTotal(counter);
  assert.equal(ended + total, sum);
  assert.ok(previousTotal >= 0);
});

test('An add that is repeated with its key at its shard counts once', async () => {
  const counter = fresh('sharded-counter');
  const key = randomUUID();
  const shard = shardOf(counter, 3);
  for (let i = 0; i < 3; i++) {
    const answer = await shard.post('add', { by: 7 }, { 'idempotency-key': key });
    assert.deepEqual([answer.status, answer.json], [200, 7]);
  }
  assert.equal((await exactTotal(counter)).total, 7);
});

test('The methods for signals are closed to everybody else', async () => {
  const counter = fresh('sharded-counter');
  const report = { shard: 0, at: 1, epoch: 1, count: 1_000_000, previous: 0, round: 0 };
  assertProblem(await counter.post('report', { report }), 403, 'forbidden', 'counter-shard');
  assertProblem(await shardOf(counter, 0).post('obey', { order: { epoch: 9, staleness: 1, round: 1 } }), 403, 'forbidden', 'sharded-counter');
});

test('Arguments out of bounds are 400 and named, and leave nothing', async () => {
  const counter = fresh('sharded-counter');
  const refuse = async (method, args, name) => assertProblem(await counter.post(method, args), 400, 'invalid-argument', name);
  await refuse('resize', { shards: 0 }, "'shards'");
  await refuse('resize', { shards: 257 }, "'shards'");
  await refuse('configure', { stalenessSeconds: 0.09 }, "'stalenessSeconds'");
  await refuse('configure', { stalenessSeconds: 3601 }, "'stalenessSeconds'");
  assertProblem(await counter.describe(), 404, 'unknown-object');
  assertProblem(await shardOf(counter, 0).post('add', { by: 1_000_000_001 }), 400, 'invalid-argument', "'by'");
  for (const number of ['256', '01', '-1', 'x', '']) {
    assertProblem(await shardOf(counter, number).post('add'), 400, 'invalid-argument', "'views:0'");
  }
  assertProblem(await shardOf(counter, 0).describe(), 404, 'unknown-object');
});
