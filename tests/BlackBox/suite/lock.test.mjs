// The object class lock: one holder at a time, a fair queue, fencing tokens. Times are the host's; what is checked holds however late
// answers come.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { historyOnTheHost } from '../lib/lease-history.mjs';
import { Listener } from '../lib/listener.mjs';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { at, until } from '../lib/until.mjs';

const listen = (lock, owner) => Listener.connect('lock', lock.key, ['granted', 'lapsed'], { query: { owner } });

test('A free lock is acquired, a held one is not, a released one is free again', async () => {
  const lock = fresh('lock');
  const ada = await lock.call('acquire', { owner: 'ada', ttlSeconds: 60 });
  assert.deepEqual([ada.acquired, ada.position, ada.waitsUntil, ada.heldUntil], [true, null, null, null]);
  const bob = await lock.call('acquire', { owner: 'bob', ttlSeconds: 60 });
  assert.deepEqual(bob, {
    acquired: false, fencingToken: null, expiresAt: null, position: null, waitsUntil: null, heldUntil: ada.expiresAt,
  });
  const { holder, queue } = await lock.read('state');
  assert.deepEqual([holder.owner, holder.fencingToken, holder.expiresAt, queue], ['ada', ada.fencingToken, ada.expiresAt, []]);

  assert.equal(await lock.call('release', { owner: 'ada', fencingToken: ada.fencingToken }), true);
  assert.equal(await lock.call('release', { owner: 'ada', fencingToken: ada.fencingToken }), false);
  const next = await lock.call('acquire', { owner: 'bob', ttlSeconds: 60 });
  assert.ok(next.acquired && next.fencingToken > ada.fencingToken);
});

test('Of many at once one acquires it and the others have the places of the queue', async () => {
  const lock = fresh('lock');
  const owners = Array.from({ length: 30 }, (_, i) => `owner ${i}`);
  const answers = await Promise.all(owners.map((owner) => lock.call('acquire', { owner, ttlSeconds: 600, waitSeconds: 600 })));
  assert.equal(answers.filter(({ acquired }) => acquired).length, 1);
  const places = answers.map(({ position }) => position).filter((position) => position !== null).sort((a, b) => a - b);
  assert.deepEqual(places, Array.from({ length: 29 }, (_, i) => i + 1));
  const queue = (await lock.read('state')).queue.map(({ owner }) => owner);
  assert.deepEqual(queue.map((owner) => answers[owners.indexOf(owner)].position), places);
});

test('Who waits hears over its socket that it is its turn, in the order of the queue, and nobody else does', async () => {
  const lock = fresh('lock');
  const owners = ['bob', 'carol', 'dan'];
  const sockets = await Promise.all(owners.map((owner) => listen(lock, owner)));
  let { fencingToken } = await lock.call('acquire', { owner: 'ada', ttlSeconds: 600 });
  for (const owner of owners) {
    await lock.call('acquire', { owner, ttlSeconds: 600, waitSeconds: 600 });
  }
  for (const [i, owner] of ['ada', ...owners].slice(0, 3).entries()) {
    assert.equal(await lock.call('release', { owner, fencingToken }), true);
    const granted = await sockets[i].hears('granted');
    assert.equal(granted.owner, owners[i]);
    assert.ok(granted.fencingToken > fencingToken);
    assert.equal(Date.parse(granted.expiresAt) - Date.parse(granted.acquiredAt), 600_000);
    fencingToken = granted.fencingToken;
  }
  assert.deepEqual(sockets.map((one) => one.heard.length), [1, 1, 1]);
  await Promise.all(sockets.map((one) => one.leave()));
});

test('Who was not connected when it was granted hears of it when it connects', async () => {
  const lock = fresh('lock');
  const { fencingToken } = await lock.call('acquire', { owner: 'ada', ttlSeconds: 600 });
  await lock.call('acquire', { owner: 'bob', ttlSeconds: 600, waitSeconds: 600 });
  await lock.call('release', { owner: 'ada', fencingToken });
  const bob = await listen(lock, 'bob');
  const granted = await bob.hears('granted');
  assert.equal((await lock.call('acquire', { owner: 'bob', ttlSeconds: 600 })).fencingToken, granted.fencingToken);
  await bob.leave();
});

test('A lease that is not renewed ends, and the next is granted without anybody asking', async () => {
  const lock = fresh('lock');
  const bob = await listen(lock, 'bob');
  const ada = await lock.call('acquire', { owner: 'ada', ttlSeconds: 0.3 });
  await lock.call('acquire', { owner: 'bob', ttlSeconds: 600, waitSeconds: 600 });
  const granted = await bob.hears('granted');
  assert.ok(Date.parse(granted.acquiredAt) >= Date.parse(ada.expiresAt));
  const { fencingToken } = ada;
  assertProblem(await lock.post('renew', { owner: 'ada', fencingToken, ttlSeconds: 60 }), 409, 'lease-lost', "'ada'", `${fencingToken}`);
  assert.equal(await lock.call('release', { owner: 'ada', fencingToken }), false);
  await bob.leave();
});

test('A lease that is renewed outlasts its first end', async () => {
  const lock = fresh('lock');
  const ada = await lock.call('acquire', { owner: 'ada', ttlSeconds: 30 });
  const renewed = await lock.call('renew', { owner: 'ada', fencingToken: ada.fencingToken, ttlSeconds: 600 });
  assert.deepEqual([renewed.owner, renewed.fencingToken], ['ada', ada.fencingToken]);
  assert.ok(Date.parse(renewed.expiresAt) > Date.parse(ada.expiresAt));
  assert.equal((await lock.call('acquire', { owner: 'bob', ttlSeconds: 1 })).heldUntil, renewed.expiresAt);
});

test('A place that was not granted in its time lapses, and its socket hears so', async () => {
  const lock = fresh('lock');
  const bob = await listen(lock, 'bob');
  await until('the lock has taken the socket', async () => (await lock.describe()).json.sockets === 1);
  await lock.call('acquire', { owner: 'ada', ttlSeconds: 600 });
  const { waitsUntil } = await lock.call('acquire', { owner: 'bob', ttlSeconds: 600, waitSeconds: 0.3 });
  assert.deepEqual(await bob.hears('lapsed'), { owner: 'bob', waitsUntil });
  assert.deepEqual((await lock.read('state')).queue, []);
  await bob.leave();
});

test('Asking again keeps the place, and cancelling leaves it to those behind', async () => {
  const lock = fresh('lock');
  await lock.call('acquire', { owner: 'ada', ttlSeconds: 600 });
  const first = await lock.call('acquire', { owner: 'bob', ttlSeconds: 600, waitSeconds: 600 });
  await lock.call('acquire', { owner: 'carol', ttlSeconds: 600, waitSeconds: 600 });
  assert.deepEqual(await lock.call('acquire', { owner: 'bob', ttlSeconds: 600 }), first);
  assert.equal(await lock.call('cancel', { owner: 'bob' }), true);
  assert.equal(await lock.call('cancel', { owner: 'bob' }), false);
  assert.equal((await lock.call('acquire', { owner: 'carol', ttlSeconds: 600 })).position, 1);
});

test('Workers that poll are never two at once, and their tokens grow', async () => {
  const lock = fresh('lock');
  const tokens = [];
  let inside = 0;
  await Promise.all(Array.from({ length: 5 }, async (_, i) => {
    const owner = `worker ${i}`;
    for (let turn = 0; turn < 4; turn++) {
      const { fencingToken } = await until(`${owner} has it`, async () => {
        const answer = await lock.call('acquire', { owner, ttlSeconds: 600, waitSeconds: 600 });
        return answer.acquired && answer;
      });
      assert.equal(++inside, 1);
      tokens.push(fencingToken);
      await lock.read('state');
      inside--;
      assert.equal(await lock.call('release', { owner, fencingToken }), true);
    }
  }));
  assert.deepEqual(tokens, [...new Set(tokens)].sort((a, b) => a - b));
  assert.equal(tokens.length, 20);
});

test('Tokens go on growing when a lock has been deleted', async () => {
  const lock = fresh('lock');
  const before = await lock.call('acquire', { owner: 'ada', ttlSeconds: 600 });
  await lock.delete();
  // A lock that has forgotten its last token goes by the clock, to the millisecond.
  await at(Date.now() + 2);
  const after = await until('it is free', async () => {
    const answer = await lock.call('acquire', { owner: 'bob', ttlSeconds: 600 });
    return answer.acquired && answer;
  });
  assert.ok(after.fencingToken > before.fencingToken);
  assert.ok(Number.isSafeInteger(after.fencingToken));
});

test('Arguments out of bounds are 400 and named, and leave nothing', async () => {
  const lock = fresh('lock');
  const refuse = async (method, args, ...names) => assertProblem(await lock.post(method, args), 400, 'invalid-argument', ...names);
  await refuse('acquire', { owner: '', ttlSeconds: 1 }, "'owner'");
  await refuse('acquire', { owner: 'x'.repeat(129), ttlSeconds: 1 }, "'owner'", '129', '128');
  await refuse('acquire', { owner: 'ada', ttlSeconds: 0.009 }, "'ttlSeconds'", '0.01');
  await refuse('acquire', { owner: 'ada', ttlSeconds: 86_400.001 }, "'ttlSeconds'");
  await refuse('acquire', { owner: 'ada', ttlSeconds: 1.0001 }, "'ttlSeconds'");
  await refuse('acquire', { owner: 'ada', ttlSeconds: 1, waitSeconds: -1 }, "'waitSeconds'");
  await refuse('acquire', { owner: 'ada', ttlSeconds: 1, waitSeconds: 86_401 }, "'waitSeconds'");
  await refuse('acquire', { owner: 'ada' }, "'ttlSeconds'");
  await refuse('renew', { owner: 'ada', fencingToken: 1, ttlSeconds: 0 }, "'ttlSeconds'");
  await refuse('renew', { owner: 'ada', ttlSeconds: 1 }, "'fencingToken'");
  await refuse('release', { owner: '', fencingToken: 1 }, "'owner'");
  await refuse('cancel', {}, "'owner'");
  assertProblem(await lock.describe(), 404, 'unknown-object');
});

test('A socket without an owner is refused with the reason', async () => {
  const nobody = new Listener('lock', fresh('lock').key, []);
  const closed = new Promise((resolve) => nobody.connection.onclose(resolve));
  const error = await nobody.connection.start().then(() => closed, (reason) => reason);
  assert.match(`${error}`, /owner/);
});

// By the clock of this machine, which only a host that was started here is sure to have.
test('What clients see at once could all have been done one thing at a time', { skip: !process.env.HOST_KIND }, () =>
  historyOnTheHost(fresh('lock'), 11));
