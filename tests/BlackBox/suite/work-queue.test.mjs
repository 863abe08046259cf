// The object class work-queue: leases with receipts, pulled over HTTP or pushed by socket. Times are the host's; what is checked holds
// however late answers come.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listener } from '../lib/listener.mjs';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { some } from '../lib/target.mjs';
import { until } from '../lib/until.mjs';

const enqueue = (queue, id, rest = {}) => queue.call('enqueue', { payload: { id }, id, ...rest });
const receive = (queue, rest = {}) => queue.call('receive', { worker: 'w', ...rest });
const complete = (queue, { id, receipt }) => queue.call('complete', { id, receipt });
const idsOf = (jobs) => jobs.map(({ id }) => id);
const countsOf = async (queue) => {
  const { ready, delayed, held, deadLetters } = await queue.read('status');
  return { ready, delayed, held, deadLetters };
};

const connect = async (t, queue, worker, query = {}) => {
  const listener = await Listener.connect('work-queue', queue.key, ['job'], { query: { worker, ...query } });
  t.after(() => listener.leave());
  return listener;
};

test('A job is delivered once, with what was enqueued, and gone when it was completed', async () => {
  const queue = fresh('work-queue');
  assert.deepEqual(await enqueue(queue, 'a', { priority: 2 }), { id: 'a', isNew: true });
  const [job] = await receive(queue);
  assert.deepEqual(
    Object.keys(job), ['id', 'receipt', 'payload', 'priority', 'delivery', 'enqueuedAt', 'visibleAt', 'lastError']);
  assert.deepEqual([job.id, job.payload, job.priority, job.delivery, job.lastError], ['a', { id: 'a' }, 2, 1, null]);
  assert.equal(Date.parse(job.visibleAt) >= Date.parse(job.enqueuedAt) + 30_000, true);
  assert.deepEqual(await receive(queue), []);
  await complete(queue, job);
  assert.deepEqual(await countsOf(queue), { ready: 0, delayed: 0, held: 0, deadLetters: 0 });
  assertProblem(await queue.post('complete', { id: 'a', receipt: job.receipt }), 404, 'unknown-job', "'a'");
});

test('The highest priority comes first, then what was enqueued first', async () => {
  const queue = fresh('work-queue');
  for (const [id, priority] of [['a', 0], ['b', 5], ['c', 0], ['d', 5], ['e', -1]]) {
    await enqueue(queue, id, { priority });
  }
  assert.deepEqual(idsOf(await receive(queue, { max: 3 })), ['b', 'd', 'a']);
  assert.deepEqual(idsOf(await receive(queue, { max: 100 })), ['c', 'e']);
});

test('An id is enqueued once, by however many and also after its completion', async () => {
  const queue = fresh('work-queue');
  const tickets = await Promise.all(Array.from({ length: some(10) }, () => enqueue(queue, 'once')));
  assert.equal(tickets.filter(({ isNew }) => isNew).length, 1);
  await complete(queue, (await receive(queue))[0]);
  assert.equal((await enqueue(queue, 'once')).isNew, false);
  await queue.call('configure', { dedupeSeconds: 0.5 });
  await enqueue(queue, 'soon');
  await complete(queue, (await receive(queue))[0]);
  await until('the id is free', async () => (await enqueue(queue, 'soon')).isNew);
});

test('Many workers share many jobs, each delivered to one', async () => {
  const queue = fresh('work-queue');
  const count = some(60);
  await Promise.all(Array.from({ length: count }, (_, i) => enqueue(queue, `${i}`)));
  const done = [];
  await Promise.all(Array.from({ length: 6 }, async (_, worker) => {
    for (;;) {
      const jobs = await receive(queue, { worker: `w${worker}`, max: 3, visibilitySeconds: 600 });
      if (jobs.length === 0) {
        return;
      }
      await Promise.all(jobs.map((job) => complete(queue, job)));
      done.push(...idsOf(jobs));
    }
  }));
  assert.deepEqual(done.map(Number).sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
});

test('A delay and a visibility timeout pass, never early, and a lapsed receipt does nothing', async () => {
  const queue = fresh('work-queue');
  const asked = Date.now();
  await enqueue(queue, 'a', { delaySeconds: 0.4 });
  const take = (what) => until(what, async () => (await receive(queue, { visibilitySeconds: 0.4 }))[0]);
  const first = await take('the delay has passed');
  assert.ok(Date.now() - asked >= 400);
  const second = await take('the job is visible again');
  assert.ok(Date.now() >= Date.parse(first.visibleAt));
  assert.deepEqual([second.delivery, second.lastError], [2, "Delivery 1 to 'w' ended by its visibility timeout."]);
  for (const method of ['complete', 'abandon', 'extend']) {
    assertProblem(await queue.post(method, { id: 'a', receipt: first.receipt }), 409, 'receipt-lapsed', "'a'");
  }
});

test('Extending keeps a job, and abandoning gives it back with its error', async () => {
  const queue = fresh('work-queue');
  await enqueue(queue, 'a');
  const [job] = await receive(queue, { visibilitySeconds: 60 });
  const until1 = Date.parse(await queue.call('extend', { id: 'a', receipt: job.receipt, visibilitySeconds: 600 }));
  assert.ok(until1 > Date.parse(job.visibleAt));
  assert.equal(await queue.call('abandon', { id: 'a', receipt: job.receipt, error: 'no network' }), false);
  const [again] = await receive(queue);
  assert.deepEqual([again.delivery, again.lastError], [2, 'no network']);
  await queue.call('abandon', { id: 'a', receipt: again.receipt, delaySeconds: 600 });
  assert.deepEqual(await countsOf(queue), { ready: 0, delayed: 1, held: 0, deadLetters: 0 });
});

test('What fails too often is a dead letter, can be read in pages, and be redriven or purged', async () => {
  const queue = fresh('work-queue');
  await queue.call('configure', { maxDeliveries: 1 });
  for (const id of ['a', 'b', 'c']) {
    await enqueue(queue, id);
    const [job] = await receive(queue);
    assert.equal(await queue.call('abandon', { id, receipt: job.receipt, error: `bad ${id}` }), true);
  }
  const first = await queue.read('deadLetters', { limit: 2 });
  assert.deepEqual(first.items.map(({ id, error, deliveries }) => [id, error, deliveries]), [['a', 'bad a', 1], ['b', 'bad b', 1]]);
  const second = await queue.read('deadLetters', { limit: 2, cursor: first.cursor });
  assert.deepEqual([idsOf(second.items), second.cursor], [['c'], null]);
  assert.deepEqual(await queue.call('redrive', { ids: ['b', 'x'] }), { done: 1, left: 2 });
  assert.deepEqual((await receive(queue)).map(({ id, delivery, lastError }) => [id, delivery, lastError]), [['b', 1, 'bad b']]);
  assert.deepEqual(await queue.call('purge', { deadLetters: true }), { done: 2, left: 0 });
  assert.deepEqual(await countsOf(queue), { ready: 0, delayed: 0, held: 1, deadLetters: 0 });
  assert.deepEqual(await queue.call('purge'), { done: 1, left: 0 });
});

test('A connected worker gets jobs up to its concurrency, and the next when it completes one', async (t) => {
  const queue = fresh('work-queue');
  const worker = await connect(t, queue, 'w1', { concurrency: 2, visibilitySeconds: 600 });
  for (const id of ['a', 'b', 'c', 'd']) {
    await enqueue(queue, id);
  }
  const a = await worker.hears('job', ({ id }) => id === 'a');
  const b = await worker.hears('job', ({ id }) => id === 'b');
  assert.deepEqual(await countsOf(queue), { ready: 2, delayed: 0, held: 2, deadLetters: 0 });
  await worker.tell({ action: 'complete', id: 'a', receipt: a.receipt });
  const c = await worker.hears('job', ({ id }) => id === 'c');
  await complete(queue, b);
  await worker.hears('job', ({ id }) => id === 'd');
  await worker.tell({ action: 'extend', id: 'c', receipt: c.receipt, visibilitySeconds: 900 });
  await worker.tell({ action: 'abandon', id: 'c', receipt: c.receipt, error: 'oh' });
  await worker.hears('job', ({ id, delivery, lastError }) => id === 'c' && delivery === 2 && lastError === 'oh');
  assert.deepEqual(idsOf(worker.all('job')), ['a', 'b', 'c', 'd', 'c']);
  await assert.rejects(worker.tell({ action: 'complete', id: 'c', receipt: c.receipt }), /receipt/);
  await assert.rejects(worker.tell({ action: 'steal', id: 'c', receipt: c.receipt }), /action/);
});

test('A worker that comes back is told of what it holds, and what a lost one held goes to another in time', async (t) => {
  const queue = fresh('work-queue');
  const first = await connect(t, queue, 'w1', { visibilitySeconds: 600 });
  await enqueue(queue, 'a');
  const job = await first.hears('job');
  await first.leave();
  await until('the queue knows', async () => (await queue.read('status')).workers === 0);
  assert.equal((await countsOf(queue)).held, 1);
  const second = await connect(t, queue, 'w1');
  assert.deepEqual(await second.hears('job'), job);
  await second.leave();
  await until('the queue knows', async () => (await queue.read('status')).workers === 0);
  await queue.call('extend', { id: 'a', receipt: job.receipt, visibilitySeconds: 0.5 });
  const other = await connect(t, queue, 'w2');
  assert.deepEqual([(await other.hears('job')).delivery, other.all('job').length], [2, 1]);
});

test('A worker that connects anew takes over from its former socket', async (t) => {
  const queue = fresh('work-queue');
  const former = await connect(t, queue, 'w1');
  const socket = await connect(t, queue, 'w1');
  await former.closed;
  await enqueue(queue, 'a');
  await socket.hears('job');
  assert.deepEqual(former.all('job'), []);
});

test('A queue in which nothing is left ends itself', async () => {
  const queue = fresh('work-queue');
  await queue.call('enqueue', { payload: 1 });
  await complete(queue, (await receive(queue, { visibilitySeconds: 0.5 }))[0]);
  await until('the queue is gone', async () => (await queue.describe()).status === 404);
});

test('Arguments out of bounds are 400 and named, and leave nothing', async () => {
  const queue = fresh('work-queue');
  const refuse = async (method, args, name) => assertProblem(await queue.post(method, args), 400, 'invalid-argument', name);
  await refuse('enqueue', {}, "'payload'");
  await refuse('enqueue', { payload: 'x'.repeat(65_535) }, "'payload'");
  await refuse('enqueue', { payload: 1, priority: 101 }, "'priority'");
  await refuse('enqueue', { payload: 1, priority: 1.5 }, "'priority'");
  await refuse('enqueue', { payload: 1, delaySeconds: 604_801 }, "'delaySeconds'");
  await refuse('enqueue', { payload: 1, delaySeconds: 1e40 }, "'delaySeconds'");
  await refuse('enqueue', { payload: 1, id: '' }, "'id'");
  await refuse('enqueue', '{"payload":"\\ud800"}', 'payload');
  await refuse('enqueue', '{"payload":1,"id":"\\ud800"}', 'id');
  await refuse('receive', {}, "'worker'");
  await refuse('receive', { worker: 'w', max: 101 }, "'max'");
  await refuse('receive', { worker: 'w', visibilitySeconds: 0.09 }, "'visibilitySeconds'");
  await refuse('abandon', { id: 'a', receipt: 'r', delaySeconds: -1 }, "'delaySeconds'");
  await refuse('redrive', {}, "'ids'");
  await refuse('configure', { maxDeliveries: 0 }, "'maxDeliveries'");
  await refuse('configure', { dedupeSeconds: 604_801 }, "'dedupeSeconds'");
  assertProblem(await queue.get('deadLetters', { cursor: 'x' }), 400, 'invalid-argument', "'cursor'");
  assertProblem(await queue.describe(), 404, 'unknown-object');
});
