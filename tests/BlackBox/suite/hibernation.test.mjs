// Objects leave memory while their sockets stay open. On a host that takes no order to hibernate the same must hold without it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hibernate } from '../lib/hibernation.mjs';
import { client, fresh, freshName } from '../lib/objects.mjs';
import { Guest } from '../lib/room.mjs';
import { until } from '../lib/until.mjs';

test('Sockets live on through hibernation, and nobody notices', async (t) => {
  const room = freshName('room');
  const guests = [];
  for (const author of ['ann', 'bob', 'cid']) {
    guests.push(await Guest.join(room, author));
    await hibernate();
  }
  t.after(() => Promise.all(guests.map((guest) => guest.leave())));
  for (let i = 0; i < 9; i++) {
    await hibernate();
    await guests[i % 3].tell(`${i}`);
  }
  await hibernate();
  assert.equal((await client.object('chat-room', room).describe()).json.sockets, 3);
  for (const guest of guests) {
    await guest.hearsText('8');
    assert.deepEqual(guest.texts(), Array.from({ length: 9 }, (_, i) => `${i}`));
    assert.deepEqual(guest.all('left'), []);
  }
});

test('A client may go while the room hibernates, and come back', async (t) => {
  const room = freshName('room');
  const ann = await Guest.join(room, 'ann');
  const bob = await Guest.join(room, 'bob');
  t.after(() => ann.leave());
  await hibernate();
  await bob.leave();
  assert.equal((await ann.hears('left')).author, 'bob');
  await hibernate();
  const again = await Guest.join(room, 'bob');
  await again.leave();
  await until('ann heard him leave twice', () => ann.all('left').length === 2);
});

test('Calls, reads and messages beside constant hibernation lose nothing', async (t) => {
  const room = freshName('room');
  const counter = fresh('counter');
  const guest = await Guest.join(room, 'ann');
  t.after(() => guest.leave());
  let isRunning = true;
  const sleep = (async () => {
    while (isRunning) {
      await hibernate();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  const count = async () => {
    for (let i = 0; i < 100; i++) {
      await counter.call('increment');
      await counter.read('get');
    }
  };
  const read = async () => {
    for (let last = 0; isRunning;) {
      const now = await counter.read('get');
      assert.ok(now >= last);
      last = now;
    }
  };
  const talk = async () => {
    for (let i = 0; i < 100; i++) {
      await guest.tell(`${i}`);
    }
  };
  const reading = [read(), read()];
  await Promise.all([count(), count(), talk()]).finally(() => (isRunning = false));
  await Promise.all([sleep, ...reading]);
  assert.equal(await counter.read('get'), 200);
  assert.deepEqual(guest.texts(), Array.from({ length: 100 }, (_, i) => `${i}`));
});

test('Clients that connect while the room falls asleep all get in', async () => {
  const room = freshName('room');
  const guests = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    await hibernate();
    return Guest.join(room, `guest-${i}`);
  }));
  await hibernate();
  await guests[0].tell('all here?');
  await Promise.all(guests.map((guest) => guest.hearsText('all here?')));
  await Promise.all(guests.map((guest) => guest.leave()));
  await until('the room is empty', async () => (await client.object('chat-room', room).describe()).json.sockets === 0);
});

test('An alarm wakes an object that hibernates', async () => {
  const scheduler = fresh('scheduler');
  await scheduler.call('schedule', { id: 'wake', delaySeconds: 0.5 });
  await hibernate();
  await until('the job ran', async () => (await scheduler.read('list')).length === 0);
});
