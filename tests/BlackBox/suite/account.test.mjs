// The object class account: a ledger in which money is neither made nor lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { some } from '../lib/target.mjs';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';

const balance = (ledger, account) => ledger.read('balance', { account });

test('Money comes in, goes out and moves, and every entry says so', async () => {
  const ledger = fresh('account');
  const deposit = await ledger.call('deposit', { account: 'ann', amount: 100.5 });
  assert.equal(deposit.id, 1);
  assert.equal(deposit.kind, 'deposit');
  assert.equal(deposit.amount, 100.5);
  assert.equal(deposit.balance, 100.5);
  assert.equal((await ledger.call('withdraw', { account: 'ann', amount: 0.25 })).balance, 100.25);
  const { from, to } = await ledger.call('transfer', { from: 'ann', to: 'bob', amount: 40 });
  assert.deepEqual([from.kind, from.amount, from.balance, from.counterparty], ['transferOut', -40, 60.25, 'bob']);
  assert.deepEqual([to.kind, to.amount, to.balance, to.counterparty], ['transferIn', 40, 40, 'ann']);
  assert.equal(to.id, from.id + 1);
  assert.equal(await balance(ledger, 'ann'), 60.25);
  assert.equal(await balance(ledger, 'bob'), 40);
  assert.equal(await balance(ledger, 'nobody'), 0);
  const statement = await ledger.read('statement', { account: 'ann' });
  assert.deepEqual(statement.map((entry) => entry.amount), [100.5, -0.25, -40]);
});

test('A statement comes in pages', async () => {
  const ledger = fresh('account');
  for (let amount = 1; amount <= 5; amount++) {
    await ledger.call('deposit', ['ann', amount]);
  }
  const last = await ledger.read('statement', { account: 'ann', limit: 2 });
  assert.deepEqual(last.map((entry) => entry.amount), [4, 5]);
  const before = await ledger.read('statement', { account: 'ann', limit: 2, before: last[0].id });
  assert.deepEqual(before.map((entry) => entry.amount), [2, 3]);
});

test('Decimals add up exactly', async () => {
  const ledger = fresh('account');
  await ledger.call('deposit', ['ann', 0.1]);
  await ledger.call('deposit', ['ann', 0.2]);
  assert.equal((await ledger.get('balance', { account: 'ann' })).json, 0.3);
  await ledger.call('withdraw', ['ann', 0.3]);
  assert.equal(await balance(ledger, 'ann'), 0);
});

test('Taking more than there is is 409 insufficient-funds and changes nothing', async () => {
  const ledger = fresh('account');
  await ledger.call('deposit', ['ann', 10]);
  const { headers } = await ledger.get('balance', { account: 'ann' });
  const problem = assertProblem(await ledger.post('withdraw', ['ann', 10.0001]), 409, 'insufficient-funds', 'ann');
  assert.equal(problem.retryable, false);
  assertProblem(await ledger.post('transfer', ['ann', 'bob', 11]), 409, 'insufficient-funds', 'ann');
  assertProblem(await ledger.post('transfer', ['bob', 'ann', 1]), 409, 'insufficient-funds', 'bob');
  assert.equal(await balance(ledger, 'ann'), 10);
  assert.equal(await balance(ledger, 'bob'), 0);
  assert.equal((await ledger.read('statement', { account: 'ann' })).length, 1);
  assert.equal((await ledger.get('balance', { account: 'ann' })).headers.etag, headers.etag);
});

test('A transfer whose second half is refused leaves no first half', async () => {
  const ledger = fresh('account');
  await ledger.call('deposit', ['rich', 99_999_999_999]);
  await ledger.call('deposit', ['ann', 10]);
  assertProblem(await ledger.post('transfer', ['ann', 'rich', 5]), 409, 'balance-limit', 'rich');
  assert.equal(await balance(ledger, 'ann'), 10);
  assert.equal((await ledger.read('statement', { account: 'ann' })).length, 1);
});

test('Amounts and names out of bounds are 400 and named', async () => {
  const ledger = fresh('account');
  for (const amount of [0, -1, 0.00001, 100_000_000_000, 1e28]) {
    assertProblem(await ledger.post('deposit', { account: 'ann', amount }), 400, 'invalid-argument', "'amount'");
  }
  assertProblem(await ledger.post('deposit', { account: '', amount: 1 }), 400, 'invalid-argument', "'account'");
  assertProblem(await ledger.post('deposit', { account: 'x'.repeat(129), amount: 1 }), 400, 'invalid-argument', "'account'");
  assertProblem(await ledger.post('transfer', { from: 'ann', to: 'ann', amount: 1 }), 400, 'invalid-argument', "'from'", "'to'");
  assertProblem(await ledger.describe(), 404, 'unknown-object');
});

test('Hundreds of concurrent transfers keep the total, and no balance below 0', async () => {
  const ledger = fresh('account');
  const people = ['ann', 'bob', 'cid', 'dee', 'eve'];
  await Promise.all(people.map((name) => ledger.call('deposit', [name, 100])));
  const answers = await Promise.all(Array.from({ length: some(400) }, (_, i) => {
    const from = people[i % 5];
    const to = people[(i + 1 + (i % 4)) % 5];
    return ledger.post('transfer', [from, to, 1 + ((i * 37) % 60)]);
  }));
  assert.ok(answers.every(({ status }) => status === 200 || status === 409), `${answers.map(({ status }) => status)}`);
  let total = 0;
  for (const name of people) {
    const statement = await ledger.read('statement', { account: name, limit: 1000 });
    const sum = statement.reduce((all, entry) => all + entry.amount, 0);
    assert.equal(sum, await balance(ledger, name));
    assert.ok(statement.every((entry) => entry.balance >= 0));
    total += sum;
  }
  assert.equal(total, 500);
});

test('SQL in a name is a name', async () => {
  const ledger = fresh('account');
  const name = "x'; DROP TABLE entry; --";
  await ledger.call('deposit', [name, 3]);
  assert.equal(await balance(ledger, name), 3);
});
