// The object class scheduler: many named jobs on the one alarm. Never early, never twice for one due time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { at, until } from '../lib/until.mjs';

const runsOf = (scheduler, job) => scheduler.read('runs', { limit: 1000 }).then((runs) => runs.filter((run) => run.job === job).reverse());

const hasRun = (scheduler, job, times = 1) => until(`${job} has run ${times} times`, async () => {
  const runs = await runsOf(scheduler, job);
  return runs.length >= times && runs;
});

const target = (counter, ...args) => ({ class: 'counter', key: counter.key, method: 'increment', arguments: args });

test('A job with a delay runs once, not early, and signals its target', async () => {
  const scheduler = fresh('scheduler');
  const counter = fresh('counter');
  const asked = Date.now();
  const job = await scheduler.call('schedule', { id: 'once', delaySeconds: 0.3, payload: { any: 'thing' }, target: target(counter, 5) });
  assert.ok(Date.parse(job.due) >= asked + 300);
  assert.deepEqual(job.payload, { any: 'thing' });
  const [run] = await hasRun(scheduler, 'once');
  assert.equal(Date.parse(run.due), Date.parse(job.due));
  assert.ok(Date.parse(run.at) >= Date.parse(run.due), `ran at ${run.at}, due at ${run.due}`);
  assert.deepEqual([run.attempt, run.skipped, run.succeeded, run.error], [1, 0, true, null]);
  await until('the counter heard of it', async () => (await counter.read('get')) === 5);
  assert.deepEqual(await scheduler.read('list'), []);
  assert.equal((await scheduler.describe()).json.alarm, null);
});

test('An alarm is not early for the client either', async () => {
  const scheduler = fresh('scheduler');
  const counter = fresh('counter');
  for (let i = 1; i <= 5; i++) {
    const asked = performance.now();
    await scheduler.call('schedule', { id: 'soon', delaySeconds: 0.1, target: target(counter) });
    await until('it ran', async () => (await counter.read('get')) === i);
    assert.ok(performance.now() - asked >= 100);
  }
});

test('A job may be due at a time, and at once if the time has passed', async () => {
  const scheduler = fresh('scheduler');
  const due = new Date(Date.now() + 400);
  await scheduler.call('schedule', { id: 'then', at: due.toISOString() });
  await scheduler.call('schedule', { id: 'past', at: '2001-02-03T04:05:06.789+01:00' });
  const [past] = await hasRun(scheduler, 'past');
  assert.equal(Date.parse(past.due), Date.parse('2001-02-03T04:05:06.789+01:00'));
  const [then] = await hasRun(scheduler, 'then');
  assert.equal(Date.parse(then.due), due.getTime());
  assert.ok(Date.parse(then.at) >= due.getTime());
});

test('A recurring job runs once for each due time, in a steady rhythm', async () => {
  const scheduler = fresh('scheduler');
  const counter = fresh('counter');
  const { due } = await scheduler.call('schedule', { id: 'tick', every: 0.2, target: target(counter) });
  await hasRun(scheduler, 'tick', 5);
  assert.equal(await scheduler.call('cancel', { id: 'tick' }), true);
  const runs = await runsOf(scheduler, 'tick');
  const first = Date.parse(due);
  let covered = 0;
  for (const run of runs) {
    covered += run.skipped + 1;
    assert.equal(Date.parse(run.due), first + (covered - 1) * 200, 'a due time was left out, or ran twice');
    assert.ok(Date.parse(run.at) >= Date.parse(run.due));
  }
  await until('every run reached the counter', async () => (await counter.read('get')) === runs.length);
  assert.equal((await runsOf(scheduler, 'tick')).length, runs.length);
});

test('A recurring job may begin at a time of its own', async () => {
  const scheduler = fresh('scheduler');
  const job = await scheduler.call('schedule', { id: 'tick', delaySeconds: 0, every: 3600 });
  const [run] = await hasRun(scheduler, 'tick');
  assert.equal(run.due, job.due);
  const [next] = await scheduler.read('list');
  assert.equal(Date.parse(next.due), Date.parse(job.due) + 3_600_000);
});

test('A cancelled job does not run', async () => {
  const scheduler = fresh('scheduler');
  const { due } = await scheduler.call('schedule', { id: 'never', delaySeconds: 0.4 });
  const wasThere = await scheduler.call('cancel', { id: 'never' });
  assert.equal(wasThere, true, 'the cancellation came too late to test anything');
  assert.equal(await scheduler.call('cancel', { id: 'never' }), false);
  assert.deepEqual(await scheduler.read('list'), []);
  await at(Date.parse(due));
  await scheduler.call('schedule', { id: 'after', delaySeconds: 0 });
  await hasRun(scheduler, 'after');
  assert.deepEqual(await runsOf(scheduler, 'never'), []);
});

test('A job that is scheduled again takes the place of the first', async () => {
  const scheduler = fresh('scheduler');
  await scheduler.call('schedule', { id: 'job', delaySeconds: 3600 });
  const { due } = await scheduler.call('schedule', { id: 'job', delaySeconds: 0.1 });
  const runs = await hasRun(scheduler, 'job');
  assert.deepEqual(runs.map((run) => run.due), [due]);
  assert.deepEqual(await scheduler.read('list'), []);
});

test('Jobs run in the order of their due times, however they were scheduled', async () => {
  const scheduler = fresh('scheduler');
  const before = Date.now();
  await scheduler.call('schedule', { id: 'far', delaySeconds: 3600 });
  // All of them are to be scheduled before the first is due, however far away the host is.
  const start = Date.now() + 500 + 20 * (Date.now() - before);
  for (const i of [7, 2, 9, 4, 1, 8, 3, 6, 5, 0]) {
    await scheduler.call('schedule', { id: `job-${i}`, at: new Date(start + i * 20).toISOString() });
  }
  await hasRun(scheduler, 'job-9');
  const runs = (await scheduler.read('runs')).reverse();
  assert.deepEqual(runs.map((run) => run.job), Array.from({ length: 10 }, (_, i) => `job-${i}`));
  assert.ok(runs.every((run) => Date.parse(run.at) >= Date.parse(run.due)));
});

test('A job whose target does not exist fails, is recorded and will be tried again', async () => {
  const scheduler = fresh('scheduler');
  await scheduler.call('schedule', { id: 'bad', delaySeconds: 0, target: { class: 'no-such-class', key: 'x', method: 'y' } });
  const [run] = await hasRun(scheduler, 'bad');
  assert.equal(run.succeeded, false);
  assert.match(run.error, /no-such-class/);
  const [job] = await scheduler.read('list');
  assert.equal(job.failures, 1);
  assert.ok(Date.parse(job.runsAt) >= Date.parse(run.at) + 2000);
  await scheduler.call('schedule', { id: 'good', delaySeconds: 0 });
  assert.equal((await hasRun(scheduler, 'good'))[0].succeeded, true);
});

test('What says nothing or too much of when it is due is 400', async () => {
  const scheduler = fresh('scheduler');
  const refuse = async (args, ...names) => assertProblem(await scheduler.post('schedule', args), 400, 'invalid-argument', ...names);
  await refuse({ id: 'x' }, "'at'", "'delaySeconds'", "'every'");
  await refuse({ id: 'x', at: new Date().toISOString(), delaySeconds: 1 }, "'at'", "'delaySeconds'");
  await refuse({ id: 'x', at: 'tomorrow' }, "'at'");
  await refuse({ id: 'x', at: '9999-12-31T00:00:00Z' }, "'at'");
  await refuse({ id: 'x', delaySeconds: -1 }, "'delaySeconds'");
  await refuse({ id: 'x', delaySeconds: 0.0001 }, "'delaySeconds'");
  await refuse({ id: 'x', every: 0.05 }, "'every'");
  await refuse({ id: '', delaySeconds: 1 }, "'id'");
  await refuse({ id: 'x'.repeat(129), delaySeconds: 1 }, "'id'");
  await refuse({ id: 'x', delaySeconds: 1, payload: 'x'.repeat(5000) }, "'payload'");
  await refuse({ id: 'x', delaySeconds: 1, target: { class: 'counter', key: 'id:zz', method: 'increment' } });
  await refuse({ id: 'x', delaySeconds: 1, target: { class: 'counter' } }, "'target'");
  assertProblem(await scheduler.describe(), 404, 'unknown-object');
});
