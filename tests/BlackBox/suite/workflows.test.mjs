// Workflows, by the one that is ready-made: a transfer between two ledgers, with a day to wait for and an approval.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { client, fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

const Start = '/api/workflows/ledger-transfer';

const newId = () => `t-${randomUUID()}`;

/** Two ledgers, with 100 of ann's in the first. */
async function ledgers() {
  const from = fresh('account');
  await from.call('deposit', ['ann', 100]);
  return { from, to: fresh('account') };
}

const order = ({ from, to }, more) =>
  ({ fromLedger: from.key, fromAccount: 'ann', toLedger: to.key, toAccount: 'bob', amount: 40, ...more });

async function start(input, id = newId()) {
  const answer = await client.post(`${Start}?id=${id}`, input);
  assert.equal(answer.status, 202, answer.text);
  assert.equal(answer.json.statusUrl, `/api/workflows/${id}`);
  assert.equal(answer.headers.location, answer.json.statusUrl);
  return id;
}

const statusOf = async (id, query = '') => {
  const answer = await client.get(`/api/workflows/${id}${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

/** The status of a workflow once it has ended. */
async function end(id) {
  let status;
  await until(`${id} has ended`, async () => {
    status = await statusOf(id, '?wait=5');
    return status.endedAt !== null;
  });
  return status;
}

const balances = async ({ from, to }) =>
  [await from.read('balance', { account: 'ann' }), await to.read('balance', { account: 'bob' })];

test('A transfer between ledgers runs to its end and tells its steps', async () => {
  const both = await ledgers();
  const status = await end(await start(order(both)));
  assert.equal(status.status, 'completed');
  assert.equal(status.name, 'ledger-transfer');
  assert.equal(status.input.amount, 40);
  assert.equal(status.output.withdrawal.amount, -40);
  assert.equal(status.output.deposit.amount, 40);
  assert.deepEqual(await balances(both), [60, 40]);
  assert.deepEqual(status.steps.map((step) => [step.number, step.kind, step.status]), [[1, 'call', 'completed'], [2, 'call', 'completed']]);
  for (const step of status.steps) {
    assert.equal(step.attempts.length, 1);
    assert.ok(Date.parse(step.startedAt) <= Date.parse(step.endedAt));
  }
});

test('What fails is undone, and the status says why', async () => {
  const both = await ledgers();
  await both.to.call('deposit', ['bob', 99_999_999_999]);
  const status = await end(await start(order(both)));
  assert.equal(status.status, 'failed');
  assert.equal(status.error.code, 'balance-limit');
  assert.equal((await balances(both))[0], 100);
  assert.deepEqual(status.steps.map((step) => step.status), ['completed', 'failed', 'completed']);
});

test('An event is waited for, and one that came early counts', async () => {
  const both = await ledgers();
  const id = await start(order(both, { approvalAbove: 10 }));
  assert.equal((await client.post(`/api/workflows/${id}/events/DECISION`, { approved: true, by: 'eve' })).status, 202);
  const status = await end(id);
  assert.equal(status.output.approvedBy, 'eve');
  assert.deepEqual(await balances(both), [60, 40]);
});

test('An event that does not come in time ends the wait', async () => {
  const both = await ledgers();
  const status = await end(await start(order(both, { approvalAbove: 10, approvalSeconds: 1 })));
  assert.equal(status.error.code, 'event-timeout');
  assert.deepEqual(await balances(both), [100, 0]);
});

test('A sleep ends at its time and not before', async () => {
  const both = await ledgers();
  const due = Date.now() + 1_500;
  const id = await start(order(both, { notBefore: new Date(due).toISOString() }));
  const status = await end(id);
  assert.equal(status.status, 'completed');
  assert.ok(Date.parse(status.output.withdrawal.at) >= due, 'The money moved too early.');
});

test('A suspended workflow takes note and goes on when it is resumed', async () => {
  const both = await ledgers();
  const id = await start(order(both, { approvalAbove: 10 }));
  assert.equal((await client.post(`/api/workflows/${id}/suspend`, { reason: 'lunch' })).status, 202);
  await until('it is suspended', async () => (await statusOf(id)).status === 'suspended');
  assert.equal((await client.post(`/api/workflows/${id}/events/decision`, { approved: true, by: 'eve' })).status, 202);
  assert.equal((await statusOf(id)).status, 'suspended');
  assert.equal((await client.post(`/api/workflows/${id}/resume`)).status, 202);
  assert.equal((await end(id)).status, 'completed');
});

test('A terminated workflow stays where it is', async () => {
  const both = await ledgers();
  const id = await start(order(both, { approvalAbove: 10 }));
  await until('the money is taken', async () => (await balances(both))[0] === 60);
  assert.equal((await client.post(`/api/workflows/${id}/terminate`, { reason: 'enough' })).status, 202);
  const status = await end(id);
  assert.deepEqual([status.status, status.error.code, status.error.message], ['terminated', 'workflow-terminated', 'enough']);
  assertProblem(await client.post(`/api/workflows/${id}/events/decision`, { approved: true }), 409, 'workflow-ended');
  assertProblem(await client.post(`/api/workflows/${id}/resume`), 409, 'workflow-ended');
  assert.deepEqual(await balances(both), [60, 0]);
});

test('An id is used once', async () => {
  const both = await ledgers();
  const id = await start(order(both));
  assertProblem(await client.post(`${Start}?id=${id}`, order(both)), 409, 'workflow-exists', id);
  assert.equal((await end(id)).status, 'completed');
  assertProblem(await client.post(`${Start}?id=${id}`, order(both)), 409, 'workflow-exists', id);
  assert.deepEqual(await balances(both), [60, 40]);
});

test('A start without an id gets one', async () => {
  const both = await ledgers();
  const answer = await client.post(Start, order(both));
  assert.equal(answer.status, 202);
  assert.equal((await end(answer.json.id)).status, 'completed');
});

test('A hundred transfers at once lose nothing', async () => {
  const both = await ledgers();
  await both.from.call('deposit', ['ann', 900]);
  const ids = await Promise.all(Array.from({ length: 100 }, () => start(order(both, { amount: 10 }))));
  for (const id of ids) {
    assert.equal((await end(id)).status, 'completed');
  }
  assert.deepEqual(await balances(both), [0, 1000]);
});

test('They are listed by name and status', async () => {
  const both = await ledgers();
  const waiting = await start(order(both, { approvalAbove: 10 }));
  const done = await start(order(both));
  await end(done);
  const idsOf = async (status) => {
    const ids = [];
    let cursor = '';
    do {
      const page = await client.get(`/api/workflows?name=ledger-transfer&status=${status}&limit=50${cursor}`);
      assert.equal(page.status, 200, page.text);
      ids.push(...page.json.workflows.map((one) => one.id));
      cursor = page.json.cursor ? `&cursor=${encodeURIComponent(page.json.cursor)}` : null;
    } while (cursor);
    return ids;
  };
  await until('the one that waits is among those that run', async () => (await idsOf('running')).includes(waiting));
  assert.ok((await idsOf('completed')).includes(done));
  assert.ok(!(await idsOf('completed')).includes(waiting));
  await client.post(`/api/workflows/${waiting}/terminate`);
});

test('What does not exist or is malformed is said so', async () => {
  assertProblem(await client.post('/api/workflows/nothing', {}), 404, 'unknown-workflow', 'nothing');
  assertProblem(await client.get(`/api/workflows/${newId()}`), 404, 'unknown-workflow');
  assertProblem(await client.post(`/api/workflows/${newId()}/events/x`), 404, 'unknown-workflow');
  assertProblem(await client.post(`/api/workflows/${newId()}/terminate`), 404, 'unknown-workflow');
  assertProblem(await client.post(`${Start}?id=a%20b`, {}), 400, 'invalid-argument', '90');
  assertProblem(await client.post(Start, '{'), 400, 'invalid-argument', 'JSON');
  assertProblem(await client.get('/api/workflows?status=walking'), 400, 'invalid-argument', 'status');
  const wrong = await end(await start({ fromLedger: 'a', toLedger: 'a' }));
  assert.deepEqual([wrong.status, wrong.error.code], ['failed', 'invalid-argument']);
});
