// The object class notification-hub: topics, areas, inboxes, marks of what was read, sockets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listener } from '../lib/listener.mjs';
import { client, fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

const Targets = ['inbox', 'notification', 'read'];

const connect = async (t, hub, subscriber) => {
  const listener = await Listener.connect('notification-hub', hub.key, Targets, { query: { subscriber } });
  t.after(() => listener.leave());
  return listener;
};

const topics = async (hub, subscriber, query) => (await hub.read('inbox', { subscriber, ...query })).map(({ topic }) => topic);

test('A post reaches those who watch its topic, by the rules of MQTT', async () => {
  const hub = fresh('notification-hub');
  const watches = {
    exact: 'cameras/north/motion', one: 'cameras/+/motion', rest: 'cameras/#', all: '#', other: 'cameras/south/motion', part: 'cameras/north',
    plus: '+/+', own: '$SYS/#',
  };
  for (const [subscriber, topic] of Object.entries(watches)) {
    const watch = await hub.call('watch', { subscriber, topic });
    assert.deepEqual([watch.topic, watch.area], [topic, null]);
  }
  assert.deepEqual(await hub.call('post', { topic: 'cameras/north/motion', payload: { what: 'lynx' } }), { number: 1, reached: 4, duplicate: false });
  assert.deepEqual(await hub.call('post', { topic: 'cameras' }), { number: 2, reached: 2, duplicate: false });
  assert.deepEqual(await hub.call('post', { topic: '$SYS/load' }), { number: 3, reached: 1, duplicate: false });
  assert.deepEqual(await hub.call('post', { topic: 'cameras/north' }), { number: 4, reached: 4, duplicate: false });
  assert.deepEqual(await topics(hub, 'exact'), ['cameras/north/motion']);
  assert.deepEqual(await topics(hub, 'all'), ['cameras/north', 'cameras', 'cameras/north/motion']);
  assert.deepEqual(await topics(hub, 'own'), ['$SYS/load']);
  assert.deepEqual(await topics(hub, 'other'), []);
  assert.deepEqual((await hub.read('inbox', { subscriber: 'exact' }))[0].payload, { what: 'lynx' });
});

test('A post with a position reaches those who watch an area that holds it, across the antimeridian too', async () => {
  const hub = fresh('notification-hub');
  const fiji = { south: -21, west: 176, north: -12, east: -178 };
  await hub.call('watch', { subscriber: 'ada', area: fiji });
  await hub.call('watch', { subscriber: 'bob', topic: 'quakes/#', area: fiji });
  const reached = async (topic, latitude, longitude) => (await hub.call('post', { topic, position: { latitude, longitude } })).reached;
  assert.equal(await reached('quakes/6', -18, 179), 2);
  assert.equal(await reached('quakes/6', -18, 180), 2);
  assert.equal(await reached('storms', -18, -179), 1);
  assert.equal(await reached('quakes/6', -18, 175), 0);
  assert.equal(await reached('quakes/6', -22, 179), 0);
  assert.equal((await hub.call('post', { topic: 'quakes/6' })).reached, 0);
  assert.equal(await hub.call('unwatch', { subscriber: 'ada', area: fiji }), true);
  assert.equal(await hub.call('unwatch', { subscriber: 'ada', area: fiji }), false);
  assert.equal(await reached('storms', -18, -179), 0);
  assert.equal((await hub.read('unread', { subscriber: 'ada' })).unread, 3);
  assert.deepEqual((await hub.read('watches', { subscriber: 'bob' })).map(({ topic, area }) => ({ topic, area })), [{ topic: 'quakes/#', area: fiji }]);
});

test('A hub that is returned to an earlier moment knows the areas of that moment', async () => {
  const hub = fresh('notification-hub');
  const area = { south: 59, west: 24, north: 61, east: 26 };
  await hub.call('watch', { subscriber: 'ada', area });
  assert.equal((await client.post(`${hub.path}/recovery-points`, { label: 'before' })).status, 201);
  await hub.call('unwatch', { subscriber: 'ada', area });
  await hub.call('watch', { subscriber: 'bob', topic: 'nothing' });
  const reached = async () => (await hub.call('post', { topic: 'a', position: { latitude: 60, longitude: 25 } })).reached;
  assert.equal(await reached(), 0);
  const restored = await client.post(`${hub.path}/restore`, { label: 'before' });
  assert.equal(restored.status, 200, restored.text);
  assert.equal(await reached(), 1);
});

test('Who is connected hears at once, who is not finds it in the inbox, and what is read is read on every device', async (t) => {
  const hub = fresh('notification-hub');
  await hub.call('watch', { subscriber: 'ada', topic: '#' });
  await hub.call('watch', { subscriber: 'bob', topic: '#' });
  await hub.call('post', { topic: 'a', payload: 'before' });
  const phone = await connect(t, hub, 'ada');
  const laptop = await connect(t, hub, 'ada');
  const welcome = await phone.hears('inbox');
  assert.deepEqual([welcome.unread, welcome.kept, welcome.dropped, welcome.newest.map(({ payload }) => payload)], [1, 1, 0, ['before']]);
  await laptop.hears('inbox');
  await hub.call('post', { topic: 'b', payload: 1, position: { latitude: 1, longitude: 2 }, by: 'cam-7' });
  for (const device of [phone, laptop]) {
    const { at, ...rest } = await device.hears('notification');
    assert.deepEqual(rest, { number: 2, topic: 'b', payload: 1, position: { latitude: 1, longitude: 2 }, by: 'cam-7', read: false });
    assert.ok(!Number.isNaN(Date.parse(at)));
  }
  // What was sent to a socket is not read until somebody says so.
  assert.equal((await hub.read('unread', { subscriber: 'ada' })).unread, 2);
  await phone.tell({ read: { numbers: [2] } });
  assert.deepEqual(await laptop.hears('read'), { upTo: null, numbers: [2], unread: 1 });
  assert.deepEqual(await hub.call('markRead', { subscriber: 'ada', upTo: 2 }), { unread: 0, kept: 2, dropped: 0 });
  assert.deepEqual(await laptop.hears('read', ({ unread }) => unread === 0), { upTo: 2, numbers: null, unread: 0 });
  assert.deepEqual(await topics(hub, 'ada', { unreadOnly: true }), []);
  assert.deepEqual(await topics(hub, 'bob', { unreadOnly: true }), ['b', 'a']);
  await assert.rejects(phone.tell('nonsense'), /The message is not/);
  await assert.rejects(phone.tell({ read: {} }), /'upTo'/);
});

test('A client that dropped out finds what it missed when it comes back', async (t) => {
  const hub = fresh('notification-hub');
  await hub.call('watch', { subscriber: 'ada', topic: '#' });
  const first = await connect(t, hub, 'ada');
  await first.leave();
  for (const topic of ['a', 'b', 'c']) {
    await hub.call('post', { topic });
  }
  const { unread, newest } = await (await connect(t, hub, 'ada')).hears('inbox');
  assert.deepEqual([unread, newest.map(({ topic }) => topic)], [3, ['c', 'b', 'a']]);
  assert.deepEqual(await topics(hub, 'ada', { limit: 2 }), ['c', 'b']);
  assert.deepEqual(await topics(hub, 'ada', { limit: 2, before: 2 }), ['a']);
});

test('Of many posts at once with one id only one counts, and each of the others says which', async () => {
  const hub = fresh('notification-hub');
  await hub.call('watch', { subscriber: 'ada', topic: '#' });
  const receipts = await Promise.all(Array.from({ length: 10 }, () => hub.call('post', { topic: 'a', id: 'evt-1' })));
  assert.equal(receipts.filter(({ duplicate }) => !duplicate).length, 1);
  assert.ok(receipts.every(({ number, reached }) => number === 1 && reached === 1));
  assert.equal((await hub.read('inbox', { subscriber: 'ada' })).length, 1);
});

test('Posts that come too fast are 429 with the time to wait, and nothing of them is kept', async () => {
  const hub = fresh('notification-hub');
  await hub.call('watch', { subscriber: 'ada', topic: '#' });
  let taken = 0;
  let refused;
  // However slowly the host takes them: some are at once.
  for (let round = 0; round < 20 && !refused; round++) {
    const answers = await Promise.all(Array.from({ length: 60 }, () => hub.post('post', { topic: 'a', by: 'cam-7' })));
    taken += answers.filter(({ status }) => status === 200).length;
    refused = answers.find(({ status }) => status !== 200);
  }
  const problem = assertProblem(refused, 429, 'too-many-posts', "'cam-7'");
  assert.equal(problem.retryable, true);
  assert.ok(Number(refused.headers['retry-after']) >= 1);
  await hub.call('post', { topic: 'a', by: 'cam-8' });
  assert.equal((await hub.read('unread', { subscriber: 'ada' })).kept, Math.min(500, taken + 1));
});

test('Limits are refused with their codes, and a hub ends with its last subscriber', async () => {
  const hub = fresh('notification-hub');
  const refuse = async (method, args, name) => assertProblem(await hub.post(method, args), 400, 'invalid-argument', name);
  await refuse('watch', { subscriber: 'ada' }, "'topic'");
  await refuse('watch', { subscriber: '', topic: 'a' }, "'subscriber'");
  await refuse('watch', { subscriber: 'ada', topic: 'a/#/b' }, "'topic'");
  await refuse('watch', { subscriber: 'ada', topic: 'a+' }, "'topic'");
  await refuse('watch', { subscriber: 'ada', topic: 'a\u0000' }, "'topic'");
  await refuse('watch', { subscriber: 'ada', topic: 'x/'.repeat(10) }, "'topic'");
  await refuse('watch', { subscriber: 'ada', area: { south: 2, west: 0, north: 1, east: 0 } }, "'area'");
  await refuse('watch', { subscriber: 'ada', area: { south: 0, west: 181, north: 1, east: 0 } }, "'area");
  await refuse('watch', { subscriber: 'ada', area: { south: 0, west: 0 } }, "'area'");
  await refuse('post', { topic: 'a/+' }, "'topic'");
  await refuse('post', { topic: 'a', payload: 'x'.repeat(4095) }, "'payload'");
  await refuse('post', { topic: 'a', position: { latitude: 91, longitude: 0 } }, "'position'");
  await refuse('post', { topic: 'a', id: '' }, "'id'");
  await refuse('markRead', { subscriber: 'ada' }, "'upTo'");
  assertProblem(await hub.get('inbox', { subscriber: 'ada', limit: 501 }), 400, 'invalid-argument', "'limit'");
  assertProblem(await hub.describe(), 404, 'unknown-object');

  await Promise.all(Array.from({ length: 100 }, (_, i) => hub.call('watch', { subscriber: 'ada', topic: `t${i}` })));
  assertProblem(await hub.post('watch', { subscriber: 'ada', topic: 'more' }), 409, 'too-many-watches', '100');
  assert.equal((await hub.read('watches', { subscriber: 'ada' })).length, 100);
  assert.equal(await hub.call('forget', { subscriber: 'ada' }), true);
  assert.equal(await hub.call('forget', { subscriber: 'ada' }), false);
  await until('the hub is gone', async () => (await hub.describe()).status === 404);
});

test('A subscriber may have ten sockets, and one without a name none', async (t) => {
  const hub = fresh('notification-hub');
  const refusal = async (query) => {
    const one = new Listener('notification-hub', hub.key, Targets, { query });
    t.after(() => one.leave());
    return String(await one.connection.start().then(() => one.closed, (error) => error));
  };
  assert.match(await refusal({}), /subscriber/);
  await Promise.all(Array.from({ length: 10 }, () => connect(t, hub, 'ada')));
  assert.match(await refusal({ subscriber: 'ada' }), /10 sockets/);
});
