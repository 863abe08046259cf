// The end of objects beside their use: whatever the order, every answer is one that some order explains.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, fresh, freshName } from '../lib/objects.mjs';
import { some } from '../lib/target.mjs';
import { Guest } from '../lib/room.mjs';
import { until } from '../lib/until.mjs';

const inAllOf = (answers, statuses) => {
  for (const answer of answers) {
    assert.ok(statuses.includes(answer.status), `${answer.status}: ${answer.text}`);
  }
};

for (const end of ['delete', 'purge']) {
  test(`Calls beside ${end}: each sees the object whole, before or after`, async () => {
    const room = fresh('chat-room');
    for (let round = 0; round < some(20); round++) {
      const ends = [];
      const answers = await Promise.all([
        ...Array.from({ length: 5 }, () => room.post('post', ['ann', 'hello'])),
        void ends.push(room[end]()),
        ...Array.from({ length: 5 }, () => room.post('post', ['ann', 'hello'])),
        room.get('history'),
        void ends.push(room[end]()),
        room.get('history'),
        room.post('post', ['ann', 'last']),
        room.get('history'),
      ].filter(Boolean));
      inAllOf(answers, [200]);
      // Two ends may follow each other with nothing in between.
      inAllOf(await Promise.all(ends), [204, 404]);
    }
    await room.call('post', ['ann', 'hello']);
    await room[end]();
    assert.deepEqual(await room.read('history'), []);
    assert.equal((await room.call('post', ['ann', 'hello'])).id, 1);
  });

  test(`Reads beside ${end} and new calls never fail`, async () => {
    const counter = fresh('counter');
    let isRunning = true;
    const read = async () => {
      while (isRunning) {
        inAllOf([await counter.get('get')], [200]);
      }
    };
    const readers = [read(), read(), read(), read()];
    for (let round = 0; round < 60; round++) {
      inAllOf([await counter.post('increment')], [200]);
      inAllOf([await counter[end]()], [204]);
    }
    isRunning = false;
    await Promise.all(readers);
    assert.equal(await counter.read('get'), 0);
  });
}

test('Description beside the end is the object or 404', async () => {
  const counter = fresh('counter');
  for (let round = 0; round < 30; round++) {
    const answers = await Promise.all([counter.post('increment'), counter.describe(), counter.purge(), counter.describe(), counter.delete()]);
    inAllOf(answers, [200, 204, 404]);
  }
});

test('A purge with open sockets ends them or leaves them working, and the room begins anew', async () => {
  const room = freshName('room');
  const guests = await Promise.all(['ann', 'bob', 'cid'].map((author) => Guest.join(room, author)));
  await guests[0].tell('hello');
  assert.equal((await client.object('chat-room', room).purge()).status, 204);
  // Whoever the room has forgotten must not believe to be in it.
  await Promise.all(guests.map((guest) => guest.closed));
  assert.deepEqual(await client.object('chat-room', room).read('history'), []);
  const again = await Guest.join(room, 'ann');
  assert.deepEqual(again.all('history'), [[]]);
  await again.tell('anew');
  assert.equal(again.all('message')[0].id, 1);
  await again.leave();
});

test('A deletion with open sockets does the same', async () => {
  const room = freshName('room');
  const guests = await Promise.all(['ann', 'bob'].map((author) => Guest.join(room, author)));
  await guests[0].tell('hello');
  assert.equal((await client.object('chat-room', room).delete()).status, 204);
  await Promise.all(guests.map((guest) => guest.closed));
  const again = await Guest.join(room, 'ann');
  assert.deepEqual(again.all('history'), [[]]);
  await again.leave();
  await until('the room is empty', async () => {
    const { status, json } = await client.object('chat-room', room).describe();
    return status === 404 || json.sockets === 0;
  });
});

test('Clients that come and go all at once leave an empty room', async () => {
  const room = freshName('room');
  await Promise.all(Array.from({ length: 30 }, async (_, i) => {
    const guest = new Guest(room, `guest-${i}`);
    await guest.connection.start();
    if (i % 3 === 0) {
      await guest.say('bye');
    }
    await guest.leave();
  }));
  await until('the room is empty', async () => {
    const { status, json } = await client.object('chat-room', room).describe();
    return status === 404 || json.sockets === 0;
  });
});

// An entity's queue has no end that its host could see: who comes too late there hears that it took too long.
const noMailbox = process.env.HOST_KIND === 'functions' && 'the platform queues without end';

test('A full mailbox refuses with 503, overloaded and Retry-After, and what was accepted runs', { skip: noMailbox }, async () => {
  const ledger = fresh('counter');
  const { Agent } = await import('node:http');
  const agent = new Agent({ keepAlive: true, maxSockets: 1500 });
  const answers = await Promise.all(
    Array.from({ length: 3000 }, () => client.send('POST', `${ledger.path}/increment`, { agent })));
  agent.destroy();
  inAllOf(answers, [200, 503]);
  for (const refused of answers.filter((one) => one.status === 503)) {
    assert.equal(refused.json.code, 'overloaded');
    assert.equal(refused.json.overloaded, true);
    assert.equal(refused.json.retryable, true);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
  }
  assert.equal(await ledger.read('get'), answers.filter((one) => one.status === 200).length);
});
