// The object class presence: who is in a room, by sockets and by beats over HTTP.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listener } from '../lib/listener.mjs';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { hibernate } from '../lib/hibernation.mjs';
import { until } from '../lib/until.mjs';

const Targets = ['members', 'joined', 'changed', 'left', 'message'];

const enter = async (t, room, member, query = {}) => {
  const listener = await Listener.connect('presence', room.key, Targets, { query: { member, ...query } });
  t.after(() => listener.leave());
  await listener.hears('members');
  return listener;
};

const here = async (room) => (await room.read('list')).map((one) => one.member);

test('Newcomers get the whole list, the others hear who joins and who leaves', async (t) => {
  const room = fresh('presence');
  const ann = await enter(t, room, 'ann');
  assert.deepEqual(ann.all('members')[0].map((one) => one.member), ['ann']);
  const bob = await enter(t, room, 'bob', { status: 'hi', meta: '{"color":"red"}', graceSeconds: 0 });
  const [first, second] = bob.all('members')[0];
  assert.deepEqual([first.member, first.state, first.status, first.meta], ['ann', 'here', '', null]);
  assert.deepEqual([second.member, second.state, second.status, second.meta], ['bob', 'here', 'hi', { color: 'red' }]);
  assert.deepEqual(await ann.hears('joined'), second);
  assert.deepEqual(await room.read('list'), [first, second]);
  await bob.leave();
  const left = await ann.hears('left');
  assert.equal(left.member, 'bob');
  assert.ok(Date.parse(left.lastSeen) >= Date.parse(second.since));
  assert.deepEqual(await here(room), ['ann']);
  assert.equal((await room.read('get', { member: 'bob' })).state, 'gone');
  assert.equal((await room.get('get', { member: 'nobody' })).text, 'null');
});

test('Devices of one member count once, and a quick reconnect is no news', async (t) => {
  const room = fresh('presence');
  const ann = await enter(t, room, 'ann');
  const phone = await enter(t, room, 'bob', { graceSeconds: 300 });
  const laptop = await enter(t, room, 'bob', { graceSeconds: 300 });
  await phone.leave();
  await laptop.leave();
  await until('both sockets are closed', async () => (await room.describe()).json.sockets === 1);
  const again = await enter(t, room, 'bob');
  assert.deepEqual(again.all('members')[0].map((one) => one.member), ['ann', 'bob']);
  await again.tell({ status: 'back' });
  await ann.hears('changed', (one) => one.status === 'back');
  assert.deepEqual(ann.heard.map((one) => one.target), ['members', 'joined', 'changed']);
});

test('Who does not come back within the grace has left', async (t) => {
  const room = fresh('presence');
  const ann = await enter(t, room, 'ann');
  const bob = await enter(t, room, 'bob', { graceSeconds: 0.5 });
  await bob.leave();
  await ann.hears('left', (one) => one.member === 'bob');
  await until('bob is gone', async () => (await room.read('get', { member: 'bob' })).state === 'gone');
});

test('What a member says of itself goes to all, also after hibernation', async (t) => {
  const room = fresh('presence');
  const ann = await enter(t, room, 'ann');
  const bob = await enter(t, room, 'bob');
  await hibernate();
  await bob.tell({ away: true, status: 'lunch' });
  const changed = await ann.hears('changed');
  assert.deepEqual([changed.member, changed.state, changed.status], ['bob', 'away', 'lunch']);
  await bob.tell({ away: false });
  await ann.hears('changed', (one) => one.state === 'here' && one.status === 'lunch');
  // Not told: the connection is closed before that would end.
  await bob.send('leave');
  await ann.hears('left');
  await bob.closed;
});

test('A silent socket makes its member away, then gone, and is closed; beats keep it', async (t) => {
  const room = fresh('presence');
  const ann = await enter(t, room, 'ann', { beatSeconds: 3600 });
  const bob = await enter(t, room, 'bob', { beatSeconds: 1 });
  const cid = await enter(t, room, 'cid', { beatSeconds: 30 });
  await ann.hears('changed', (one) => one.member === 'bob' && one.state === 'away');
  await ann.hears('left', (one) => one.member === 'bob');
  await bob.closed;
  await cid.tell('beat');
  assert.deepEqual(ann.all('changed').filter((one) => one.member === 'cid'), []);
  assert.deepEqual(await here(room), ['ann', 'cid']);
});

test('A ping is answered by the host', async (t) => {
  const room = fresh('presence');
  const ann = await enter(t, room, 'ann');
  await hibernate();
  await ann.send('ping');
  assert.equal(await ann.hears('message'), 'pong');
});

test('Members without a socket are here as long as they say', async (t) => {
  const room = fresh('presence');
  const ann = await enter(t, room, 'ann');
  const bob = await room.call('beat', { member: 'bob', ttlSeconds: 3600, update: { status: 'by HTTP' } });
  assert.deepEqual([bob.state, bob.status], ['here', 'by HTTP']);
  await ann.hears('joined', (one) => one.member === 'bob');
  await room.call('beat', { member: 'bob', ttlSeconds: 1 });
  await ann.hears('left', (one) => one.member === 'bob');
  await room.call('beat', { member: 'bob', ttlSeconds: 3600 });
  assert.equal(await room.call('leave', { member: 'bob' }), true);
  assert.equal(await room.call('leave', { member: 'bob' }), false);
  await until('ann has heard it all', () => ann.all('left').length === 2);
  assert.deepEqual(ann.heard.map((one) => one.target), ['members', 'joined', 'left', 'joined', 'left']);
});

test('Many that come at once are all in the list, and each heard of those after it', async (t) => {
  const room = fresh('presence');
  const all = await Promise.all(Array.from({ length: 12 }, (_, i) => enter(t, room, `m${i}`)));
  const names = await here(room);
  assert.equal(names.length, 12);
  for (const one of all) {
    await until('everybody is known', () => {
      const known = [...one.all('members')[0], ...one.all('joined')].map(({ member }) => member).sort();
      return JSON.stringify(known) === JSON.stringify([...names].sort());
    });
  }
});

test('Arguments out of bounds are 400 and named, and leave nothing', async () => {
  const room = fresh('presence');
  const refuse = async (args, ...mentions) => assertProblem(await room.post('beat', args), 400, 'invalid-argument', ...mentions);
  await refuse({ member: '', ttlSeconds: 1 }, "'member'");
  await refuse({ member: ' ', ttlSeconds: 1 }, "'member'");
  await refuse({ member: 'x'.repeat(65), ttlSeconds: 1 }, "'member'", '65', '64');
  await refuse({ member: '\ud800', ttlSeconds: 1 }, 'member');
  await refuse({ member: 'ann', ttlSeconds: 0.9 }, "'ttlSeconds'");
  await refuse({ member: 'ann', ttlSeconds: 86_401 }, "'ttlSeconds'");
  await refuse({ member: 'ann', ttlSeconds: 1, update: { status: 'x'.repeat(101) } }, "'status'", '101', '100');
  await refuse({ member: 'ann', ttlSeconds: 1, update: { meta: 'x'.repeat(511) } }, "'meta'", '513', '512');
  const connect = async (query, reason) => {
    const one = new Listener('presence', room.key, Targets, { query });
    assert.match(String(await one.connection.start().then(() => one.closed, (error) => error)), reason);
    assert.deepEqual(one.heard, []);
  };
  await connect({}, /member/);
  await connect({ member: 'ann', beatSeconds: '0' }, /beatSeconds/);
  await connect({ member: 'ann', graceSeconds: '301' }, /graceSeconds/);
  await connect({ member: 'ann', away: 'perhaps' }, /away/);
  await connect({ member: 'ann', meta: '{' }, /meta/);
  assertProblem(await room.describe(), 404, 'unknown-object');
});

test('A member has sixteen devices at most, and a message must say something', async (t) => {
  const room = fresh('presence');
  const [ann] = await Promise.all(Array.from({ length: 16 }, () => enter(t, room, 'ann')));
  const one = new Listener('presence', room.key, Targets, { query: { member: 'ann' } });
  assert.match(String(await one.connection.start().then(() => one.closed, (error) => error)), /16 sockets/);
  await assert.rejects(ann.tell('hello'), /beat/);
  await assert.rejects(ann.tell(null), /beat/);
});
