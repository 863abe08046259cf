// The object class session: the sessions of one user. Nothing here waits for a time to pass and hopes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { some } from '../lib/target.mjs';
import { until } from '../lib/until.mjs';

const create = (user, device = 'phone', rest = {}) => user.call('create', { device, ttlSeconds: 600, ...rest });
const refuses = async (user, token) => {
  for (const method of ['validate', 'check', 'rotate']) {
    assertProblem(await user.post(method, { token }), 401, 'invalid-token', 'The token is not one of a live session.');
  }
};

test('A token is good for its session, and listed nowhere', async () => {
  const user = fresh('session');
  const { sessionId, token, expiresAt, dropped } = await create(user);
  assert.match(token, new RegExp(`^${sessionId}\\.[A-Za-z0-9_-]{43}$`));
  assert.equal(dropped, null);
  const state = await user.call('validate', { token });
  assert.deepEqual(Object.keys(state), ['sessionId', 'device', 'createdAt', 'seenAt', 'expiresAt', 'endsAt']);
  assert.deepEqual([state.sessionId, state.device, state.expiresAt], [sessionId, 'phone', expiresAt]);
  assert.deepEqual(await user.call('check', { token }), state);
  const { text } = await user.get('devices');
  assert.ok(text.includes(sessionId) && !text.includes(token.split('.')[1]));
});

test('What is no token is refused in the same words, and costs no commit', async () => {
  const user = fresh('session');
  const { sessionId, token } = await create(user);
  const other = await create(user);
  const { head } = (await user.describe()).json;
  const [id, secret] = token.split('.');
  for (const wrong of ['', '.', id, `${id}.`, `.${secret}`, `${token}x`, `${id}.${other.token.split('.')[1]}`, 'x'.repeat(1000), '🙂']) {
    await refuses(user, wrong);
  }
  assertProblem(await user.post('get', { token: 'x', key: 'k' }), 401, 'invalid-token');
  assertProblem(await user.post('set', { token: 'x', key: 'k', value: 1 }), 401, 'invalid-token');
  assertProblem(await user.post('revokeAll', { exceptToken: 'x' }), 401, 'invalid-token');
  assert.equal((await user.call('check', { token })).sessionId, sessionId);
  assert.deepEqual((await user.describe()).json.head, head);
});

test('Nobody has no sessions, and asking does not make one of them exist', async () => {
  const user = fresh('session');
  await refuses(user, 'x.y');
  assert.deepEqual(await user.read('devices'), []);
  assert.equal(await user.call('revoke', { sessionId: 'x' }), false);
  assert.equal(await user.call('revokeAll'), 0);
  assertProblem(await user.describe(), 404, 'unknown-object');
});

test('A session expires unless it is validated, and in any case in the end; the last takes the object along', async () => {
  const user = fresh('session');
  const { token, expiresAt } = await create(user, 'phone', { ttlSeconds: 1, absoluteTtlSeconds: 1.8 });
  const endsAt = Date.parse(expiresAt) + 800;
  let last = { expiresAt };
  const answer = await until('the session has ended', async () => {
    const one = await user.post('validate', { token });
    last = one.status === 200 ? one.json : last;
    return one.status !== 200 && one;
  });
  assertProblem(answer, 401, 'invalid-token');
  assert.ok(Date.parse(last.expiresAt) <= endsAt);
  assert.ok(Date.now() >= Date.parse(last.expiresAt) - 1);
  await until('the object is gone', async () => (await user.describe()).status === 404);
});

test('Validating writes only when a tenth of the time to live has passed', async () => {
  const user = fresh('session');
  const { token, expiresAt } = await create(user, 'phone', { ttlSeconds: 4 });
  const slid = await until('it slides', async () => {
    const state = await user.call('validate', { token });
    return state.expiresAt !== expiresAt && state;
  });
  assert.ok(Date.parse(slid.expiresAt) - Date.parse(expiresAt) >= 400);
  assert.ok(Date.parse(slid.expiresAt) - Date.parse(slid.seenAt) === 4000);
});

test('One session is revoked, or all but one, or all', async () => {
  const user = fresh('session');
  const [a, b, c, d] = [await create(user, 'a'), await create(user, 'b'), await create(user, 'c'), await create(user, 'd')];
  assert.equal(await user.call('revoke', { sessionId: a.sessionId }), true);
  await refuses(user, a.token);
  assert.equal(await user.call('revokeAll', { exceptToken: c.token }), 2);
  await refuses(user, b.token);
  await refuses(user, d.token);
  assert.deepEqual((await user.read('devices')).map(({ device }) => device), ['c']);
  assert.equal(await user.call('revokeAll'), 1);
  assertProblem(await user.describe(), 404, 'unknown-object');
});

test('A rotated token replaces the one before, for one of those who rotate at once', async () => {
  const user = fresh('session');
  const { sessionId, token } = await create(user);
  await user.call('set', { token, key: 'cart', value: [1, 2] });
  const answers = await Promise.all(Array.from({ length: some(5) }, () => user.post('rotate', { token })));
  const [won, ...more] = answers.filter(({ status }) => status === 200);
  assert.equal(more.length, 0);
  assert.equal(won.json.sessionId, sessionId);
  await refuses(user, token);
  assert.deepEqual(await user.call('get', { token: won.json.token, key: 'cart' }), [1, 2]);
});

test('Data belongs to a session and has limits', async () => {
  const user = fresh('session');
  const [one, two] = [await create(user), await create(user)];
  await user.call('set', { token: one.token, key: 'k', value: { a: 1 } });
  assert.deepEqual(await user.call('get', { token: one.token, key: 'k' }), { a: 1 });
  assert.equal(await user.call('get', { token: two.token, key: 'k' }), null);
  await user.call('set', { token: one.token, key: 'k', value: null });
  assert.equal(await user.call('get', { token: one.token, key: 'k' }), null);
  await Promise.all(Array.from({ length: 32 }, (_, i) => user.call('set', { token: one.token, key: `k${i}`, value: i })));
  assertProblem(await user.post('set', { token: one.token, key: 'more', value: 1 }), 409, 'too-many-keys', '32');
  assertProblem(await user.post('set', { token: two.token, key: 'k', value: 'x'.repeat(4095) }), 400, 'invalid-argument', "'value'", '4,096');
});

test('Of too many sessions the one not seen for longest is dropped', async () => {
  const user = fresh('session');
  const first = await create(user);
  for (let i = 1; i < 50; i++) {
    assert.equal((await create(user)).dropped, null);
  }
  assert.equal((await create(user)).dropped, first.sessionId);
  await refuses(user, first.token);
  assert.equal((await user.read('devices')).length, 50);
});

test('Arguments out of bounds are 400 and named, and leave nothing', async () => {
  const user = fresh('session');
  const refuse = async (args, name) => assertProblem(await user.post('create', args), 400, 'invalid-argument', name);
  await refuse({ device: '', ttlSeconds: 1 }, "'device'");
  await refuse({ device: 'x'.repeat(257), ttlSeconds: 1 }, "'device'");
  await refuse({ device: 'd', ttlSeconds: 0.999 }, "'ttlSeconds'");
  await refuse({ device: 'd', ttlSeconds: 7_776_001 }, "'ttlSeconds'");
  await refuse({ device: 'd', ttlSeconds: 60, absoluteTtlSeconds: 59 }, "'absoluteTtlSeconds'");
  await refuse({ device: 'd', ttlSeconds: 60, absoluteTtlSeconds: 31_536_001 }, "'absoluteTtlSeconds'");
  await refuse({ device: 'd' }, "'ttlSeconds'");
  assertProblem(await user.describe(), 404, 'unknown-object');
});
