// State machines, by the object class approval: transitions, guards, timeouts, history and diagram.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listener } from '../lib/listener.mjs';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

const request = { subject: 'a laptop', requestedBy: 'ann' };
const fire = (one, trigger, argument) => one.call('fire', { trigger, ...(argument && { argument }) });
const isIn = (one, state) => until(`it is ${state}`, async () => (await one.read('state')).state === state);

test('A trigger leads where it was declared to, and the history tells', async () => {
  const order = fresh('approval');
  assert.deepEqual(await order.read('state'), { state: 'draft', since: null, permitted: ['submit'], timeouts: [] });
  const pending = await fire(order, 'submit', request);
  assert.deepEqual([pending.state, pending.permitted], ['pending', ['approve', 'reject', 'withdraw']]);
  assert.deepEqual(pending.timeouts.map((one) => one.trigger), ['remind', 'expire']);
  assert.equal(Date.parse(pending.timeouts[1].at) - Date.parse(pending.since), 7 * 86_400_000);
  assert.equal((await fire(order, 'approve', { by: 'bob' })).state, 'approved');

  assert.deepEqual(
    (await order.read('history')).map(({ id, trigger, from, to, isTimeout, argument }) => [id, trigger, from, to, isTimeout, argument]),
    [[1, 'submit', 'draft', 'pending', false, request], [2, 'approve', 'pending', 'approved', false, { by: 'bob' }]]);
  assert.deepEqual((await order.read('history', { limit: 5, before: 2 })).map((one) => one.id), [1]);
});

test('Of twenty who approve at once as many count as are needed', async () => {
  const order = fresh('approval');
  await fire(order, 'submit', { ...request, approvals: 5 });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => order.post('fire', { trigger: 'approve', argument: { by: `b${i}` } })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 5);
  for (const refused of answers.filter(({ status }) => status !== 200)) {
    assertProblem(refused, 409, 'trigger-not-permitted', "'approve'", "'approved'", 'nothing');
  }
  assert.equal((await order.read('details')).approvedBy.length, 5);
});

test('It reminds, and expires by itself', async () => {
  const order = fresh('approval');
  const listener = await Listener.connect('approval', order.key, ['state', 'transition']);
  try {
    assert.equal((await listener.hears('state')).state, 'draft');
    await fire(order, 'submit', { ...request, remindAfterSeconds: 0.2, expireAfterSeconds: 0.6 });
    await listener.hears('transition', (one) => one.trigger === 'remind' && one.isTimeout && one.to === 'pending');
    await listener.hears('transition', (one) => one.trigger === 'expire' && one.to === 'expired');
    assert.equal((await order.read('details')).reminders, 1);
    const [submitted, reminded, expired] = (await order.read('history')).map((one) => Date.parse(one.at));
    assert.ok(reminded >= submitted + 200 && expired >= submitted + 600);
    await isIn(order, 'expired');
  } finally {
    await listener.leave();
  }
});

test('A timeout of a stay that ended fires nothing', async () => {
  const order = fresh('approval');
  await fire(order, 'submit', { ...request, remindAfterSeconds: 0.8, expireAfterSeconds: 600 });
  await fire(order, 'reject', { by: 'bob' });
  await fire(order, 'submit', { ...request, remindAfterSeconds: 1.4, expireAfterSeconds: 1.6 });
  await isIn(order, 'expired');
  const history = await order.read('history');
  const [submitted, ...after] = history.slice(history.findLastIndex((one) => one.trigger === 'submit'));
  assert.deepEqual(after.map((one) => one.trigger), ['remind', 'expire']);
  assert.ok(Date.parse(after[0].at) >= Date.parse(submitted.at) + 1_400);
});

test('The diagram is Mermaid text', async () => {
  const text = await fresh('approval').read('diagram');
  assert.match(text, /^stateDiagram-v2\n {4}\[\*\] --> draft\n/);
  assert.ok(text.includes('    pending --> approved : approve [the last that is missing]\n'));
  assert.ok(text.includes('    pending --> expired : expire after expireAfterSeconds\n'));
  assert.ok(text.includes('    expired --> [*]\n'));
});

test('What is not permitted or malformed is refused, and nothing remains of it', async () => {
  const order = fresh('approval');
  const refuse = async (trigger, argument, ...expected) =>
    assertProblem(await order.post('fire', { trigger, ...(argument !== undefined && { argument }) }), ...expected);
  await refuse('approve', { by: 'bob' }, 409, 'trigger-not-permitted', "'approve'", "'draft'", "'submit'");
  await refuse('expire', undefined, 409, 'trigger-not-permitted', 'only the machine itself');
  await refuse('buy', undefined, 400, 'invalid-argument', "'trigger'");
  await refuse(99, undefined, 400, 'invalid-argument', "'trigger'");
  await refuse('submit', undefined, 400, 'invalid-argument', "'argument'");
  await refuse('submit', { subject: 'x' }, 400, 'invalid-argument', "'requestedBy'");
  await refuse('submit', { ...request, subject: 'x'.repeat(5_000) }, 400, 'invalid-argument', "'argument'");
  await refuse('submit', { ...request, remindAfterSeconds: 9, expireAfterSeconds: 9 }, 400, 'invalid-argument', "'remindAfterSeconds'");
  assertProblem(await order.get('history', { limit: 0 }), 400, 'invalid-argument', "'limit'");
  assertProblem(await order.describe(), 404, 'unknown-object');

  await fire(order, 'submit', { ...request, approvals: 2 });
  await refuse('approve', { by: 'ann' }, 403, 'own-request', "'ann'");
  await fire(order, 'approve', { by: 'bob' });
  await refuse('approve', { by: 'bob' }, 409, 'already-approved', "'bob'");
});
