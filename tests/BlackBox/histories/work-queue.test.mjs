// A work queue whose host is killed again and again under six clients: what they saw must be what one queue could have shown that does one
// thing at a time, no job may be lost, completed twice, or held by two at once.
//
// Queue and clients go by the clock of one machine. A turn happened at some time between its request and its answer; deliveries tell theirs,
// and each job when it was enqueued. Whatever else must be later than something happened as early as it can have: that excludes nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MortalHost, assertLinearizable, crashingWhile, random, record } from '../lib/history.mjs';

const Clients = 6;
const Operations = 55;
const Crashes = 3;
const MaxDeliveries = 3;
/** Milliseconds by which two processes may read one clock differently. */
const Slack = 2;

/** Jobs in the order in which they were enqueued: { id, priority, deliveries, receipt, until }, with a receipt while held. */
const queueModel = (enqueuedAt) => ({
  initial: { now: 0, jobs: [] },
  step: ({ now, jobs }, { input, output, start, end }) => {
    const earliest = Math.max(now, start - Slack);
    const latest = end + Slack;
    const at = (time, next) => (time >= earliest && time <= latest ? [{ now: time, jobs: next }] : []);
    const without = (id) => jobs.filter((job) => job.id !== id);
    const change = (id, changes) => jobs.map((job) => (job.id === id ? { ...job, ...changes } : job));

    switch (input.method) {
      case 'enqueue': {
        const job = { id: input.id, priority: input.priority, deliveries: 0, receipt: null, until: 0 };
        return at(enqueuedAt.get(input.id) ?? earliest, [...jobs, job]);
      }
      case 'receive': {
        const isReady = (time) => (job) => !job.isDead && job.until <= time && (!job.receipt || job.deliveries < MaxDeliveries);
        const times = output.length > 0 ? [1, 0].map((rounding) => output[0].visibleAt - input.visibility - rounding) : [earliest];
        return times.flatMap((time) => {
          const expected = jobs.filter(isReady(time)).sort((a, b) => b.priority - a.priority).slice(0, input.max);
          const isRight = expected.length === output.length
            && expected.every(({ id, deliveries }, i) => id === output[i].id && deliveries + 1 === output[i].delivery)
            && output.every(({ visibleAt }) => visibleAt >= output[0].visibleAt && visibleAt - output[0].visibleAt <= latest - earliest);
          const held = new Map(output.map((job) => [job.id, { receipt: job.receipt, until: job.visibleAt, deliveries: job.delivery }]));
          return isRight ? at(time, jobs.map((job) => ({ ...job, ...held.get(job.id) }))) : [];
        });
      }
      default: {
        const job = jobs.find(({ id }) => id === input.id);
        const isNewest = job?.receipt === input.receipt;
        if (output === 'unknown-job') {
          return job ? [] : at(earliest, jobs);
        }
        if (output === 'receipt-lapsed') {
          return !job ? [] : at(isNewest ? Math.max(earliest, job.until) : earliest, jobs);
        }
        if (!isNewest || job.until <= earliest) {
          return [];
        }
        if (input.method === 'complete') {
          return at(earliest, without(input.id));
        }
        const isDead = job.deliveries >= MaxDeliveries;
        return output === isDead ? at(earliest, change(input.id, { receipt: null, until: 0, isDead })) : [];
      }
    }
  },
});

test('What clients see of a work queue is what one queue could show, whenever its host dies', async (t) => {
  const host = await MortalHost.start(t);
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const { below, of } = random(seed);
  const call = async (method, args, key) => (await host.object('work-queue', 'q')).post(method, args, key && { 'idempotency-key': key });
  await call('configure', { maxDeliveries: MaxDeliveries });

  let done = 0;
  let jobs = 0;
  const deliveries = [];
  const mine = Array.from({ length: Clients }, () => []);
  const ask = (client) => {
    const kind = below(100);
    const own = mine[client];
    let input;
    if (kind < 30) {
      input = { method: 'enqueue', id: `j${jobs++}`, priority: below(3) };
    } else if (kind < 62 || deliveries.length === 0) {
      input = { method: 'receive', max: 1 + below(2), visibility: of([100, 200, 400, 800]) };
    } else {
      // Mostly the newest of its own, which may have lapsed; now and then any receipt there ever was.
      const job = kind < 90 && own.length > 0 ? own.pop() : of(deliveries);
      input = { method: kind % 4 === 0 ? 'abandon' : 'complete', id: job.id, receipt: job.receipt };
    }
    return { input, call: async (key) => { const output = await send(client, input, key); done++; return output; } };
  };
  const send = async (client, { method, id, priority, max, visibility, receipt }, key) => {
    const answer = await call(method, {
      enqueue: { payload: id, id, priority },
      receive: { worker: `w${client}`, max, visibilitySeconds: visibility / 1000 },
    }[method] ?? { id, receipt }, key);
    if (answer.status >= 400) {
      assert.ok(['unknown-job', 'receipt-lapsed'].includes(answer.json?.code), answer.text);
      return answer.json.code;
    }
    if (method !== 'receive') {
      return answer.json ?? null;
    }
    const received = answer.json.map((job) => ({
      id: job.id, receipt: job.receipt, delivery: job.delivery, visibility,
      visibleAt: Date.parse(job.visibleAt), enqueuedAt: Date.parse(job.enqueuedAt),
    }));
    deliveries.push(...received);
    mine[client].push(...received);
    return received;
  };

  const total = Clients * Operations;
  const running = record({ clients: Clients, operations: Operations, ask, repeats: true });
  const history = await crashingWhile(host, Crashes, running, () => done, total);

  assertLinearizable(history, queueModel(new Map(deliveries.map(({ id, enqueuedAt }) => [id, enqueuedAt]))));

  const answers = (method, isOne) => history.filter(({ input, output }) => input.method === method && isOne(output));
  const enqueued = answers('enqueue', ({ isNew }) => isNew).map(({ input }) => input.id);
  const completed = answers('complete', (output) => output === null);
  const completedIds = completed.map(({ input }) => input.id);
  assert.equal(enqueued.length, jobs);
  assert.equal(new Set(completedIds).size, completedIds.length, 'no job was completed twice');
  const receipts = new Map(deliveries.map(({ id, delivery, receipt }) => [`${id} ${delivery}`, receipt]));
  assert.equal(new Set(receipts.values()).size, receipts.size, 'every delivery has a receipt of its own');

  const left = [];
  for (let rest = 1; rest > 0;) {
    const received = (await call('receive', { worker: 'last', max: 100, visibilitySeconds: 600 })).json;
    left.push(...received.map(({ id }) => id));
    const { ready, held } = (await call('status')).json;
    // What clients still hold lapses soon.
    rest = ready + held - left.length;
  }
  const dead = (await call('deadLetters', { limit: 100 })).json.items.map(({ id }) => id);
  assert.deepEqual([...completedIds, ...left, ...dead].sort(), [...enqueued].sort(), 'every job was completed, or is there, or dead');

  for (const one of completed) {
    const late = deliveries.filter(({ id, visibleAt, visibility }) => id === one.input.id && visibleAt - visibility - 1 > one.end + Slack);
    assert.deepEqual(late, [], 'what was completed is not delivered any more');
  }
  const abandoned = new Map(answers('abandon', (output) => typeof output === 'boolean').map(({ input, start }) => [input.receipt, start]));
  for (const id of enqueued) {
    const its = deliveries.filter((one) => one.id === id).sort((a, b) => a.delivery - b.delivery);
    its.slice(1).forEach((next, i) => {
      const since = next.visibleAt - next.visibility;
      const free = Math.min(its[i].visibleAt, (abandoned.get(its[i].receipt) ?? Infinity) - Slack);
      assert.ok(since >= free, `job ${id} was held by two at once: ${JSON.stringify([its[i], next])}`);
    });
  }
  t.diagnostic(`${history.length} operations, ${jobs} jobs, ${deliveries.length} deliveries, ${completed.length} completed, ${dead.length} dead`);
});
