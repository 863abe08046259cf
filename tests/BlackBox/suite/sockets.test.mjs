// SignalR, with the public client as it comes, from withUrl(…/api/objects/chat-room/{room}?author=…)

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, fresh, freshName, isRefused } from '../lib/objects.mjs';
import { Guest, HttpTransportType } from '../lib/room.mjs';
import { some } from '../lib/target.mjs';
import { until } from '../lib/until.mjs';

const join = async (t, room, author, options) => {
  const guest = await Guest.join(room, author, options);
  t.after(() => guest.leave());
  return guest;
};

test('Three join a room and talk; everyone hears everyone, the sender too', async (t) => {
  const room = freshName('room');
  const [ann, bob, cid] = [await join(t, room, 'ann'), await join(t, room, 'bob'), await join(t, room, 'cid')];
  await ann.hears('joined', (one) => one.author === 'cid');
  assert.deepEqual(ann.all('joined').map((one) => one.author), ['bob', 'cid']);
  await bob.hears('joined');
  assert.deepEqual(bob.all('joined').map((one) => one.author), ['cid']);
  assert.deepEqual(cid.all('joined'), []);
  await ann.say('hello');
  await cid.hearsText('hello');
  await bob.tell('hi');
  await client.object('chat-room', room).call('post', ['operator', 'closing soon']);
  for (const guest of [ann, bob, cid]) {
    await guest.hearsText('closing soon');
    assert.deepEqual(guest.texts(), ['hello', 'hi', 'closing soon']);
    const [{ id, author, at }] = guest.all('message');
    assert.deepEqual([id, author], [1, 'ann']);
    assert.ok(!Number.isNaN(Date.parse(at)));
  }
});

test('One drops and comes back, and gets the history of what was said meanwhile', async (t) => {
  const room = freshName('room');
  const ann = await join(t, room, 'ann');
  const bob = await Guest.join(room, 'bob');
  await bob.tell('brb');
  await bob.leave();
  assert.equal((await ann.hears('left')).author, 'bob');
  await ann.tell('gone already?');
  const again = await join(t, room, 'bob');
  assert.deepEqual(again.all('history')[0].map((message) => message.text), ['brb', 'gone already?']);
  await ann.hears('joined', (one) => one.author === 'bob' && ann.all('joined').length === 2);
});

test('A newcomer gets the last 50 before anything else', async (t) => {
  const room = freshName('room');
  const talker = await join(t, room, 'talker');
  for (let i = 1; i <= 60; i++) {
    await talker.say(`${i}`);
  }
  await talker.hearsText('60');
  let isTalking = true;
  const talk = (async () => {
    for (let i = 61; isTalking; i++) {
      await talker.tell(`${i}`);
    }
  })();
  const newcomers = await Promise.all(Array.from({ length: 10 }, (_, i) => Guest.join(room, `new-${i}`)));
  for (const guest of newcomers) {
    await guest.hears('message');
  }
  isTalking = false;
  await talk;
  for (const guest of newcomers) {
    assert.equal(guest.heard[0].target, 'history');
    assert.equal(guest.all('history').length, 1);
    const history = guest.heard[0].value;
    assert.equal(history.length, 50);
    // Nothing between the history and the first message is lost or heard twice.
    const ids = [...history, ...guest.all('message')].map((message) => message.id);
    assert.deepEqual(ids, Array.from({ length: ids.length }, (_, i) => history[0].id + i));
    await guest.leave();
  }
});

test('All hear everything in the same order, whoever says it', async (t) => {
  const room = freshName('room');
  const guests = await Promise.all(Array.from({ length: 5 }, (_, i) => join(t, room, `guest-${i}`)));
  await Promise.all(guests.map(async (guest) => {
    for (let i = 0; i < 40; i++) {
      await guest.say(`${guest.author}: ${i}`);
    }
  }));
  for (const guest of guests) {
    await until('all 200 were heard', () => guest.texts().length === 200);
    assert.deepEqual(guest.all('message').map((message) => message.id), Array.from({ length: 200 }, (_, i) => i + 1));
    assert.deepEqual(guest.texts(), guests[0].texts());
    for (const one of guests) {
      const own = guest.texts().filter((text) => text.startsWith(`${one.author}: `));
      assert.deepEqual(own, Array.from({ length: 40 }, (_, i) => `${one.author}: ${i}`), 'a sender\'s own order was lost');
    }
  }
});

test('invoke() waits until the message is stored, and rejects with the room\'s refusal', async (t) => {
  const room = freshName('room');
  const ann = await join(t, room, 'ann');
  await ann.tell('stored');
  assert.equal((await client.object('chat-room', room).read('history')).length, 1);
  await assert.rejects(ann.tell('x'.repeat(2001)), /'text' has 2,001 characters; the limit is 2,000/);
  await assert.rejects(ann.tell(''), /'text' is blank/);
  await assert.rejects(ann.tell({ text: 'an object' }), /is a text/);
  await assert.rejects(ann.tell(null), /is a text/);
  await assert.rejects(ann.connection.invoke('message'));
  await assert.rejects(ann.connection.invoke('message', 'two', 'arguments'));
  await assert.rejects(ann.connection.invoke('post', 'ann', 'not a target'));
  await ann.tell('still here');
  await ann.hearsText('still here');
  assert.deepEqual(ann.texts(), ['stored', 'still here']);
});

test('A send() that is refused harms nobody, and nothing of it is stored', async (t) => {
  const room = freshName('room');
  const ann = await join(t, room, 'ann');
  await ann.say('');
  await ann.say('x'.repeat(2001));
  await ann.say('after');
  await ann.hearsText('after');
  assert.deepEqual(ann.texts(), ['after']);
});

test('A client without a usable author is refused with the reason', async () => {
  const room = freshName('room');
  for (const [author, reason] of [[undefined, /author/], [' ', /'author' is blank/], ['x'.repeat(65), /'author' has 65 characters/]]) {
    const guest = new Guest(room, author);
    // The room's answer follows the handshake, for which start() waits: if both come at once it rejects, else the connection closes.
    assert.match(String(await guest.connection.start().then(() => guest.closed, (error) => error)), reason);
    assert.deepEqual(guest.heard, []);
  }
  assert.equal((await client.object('chat-room', room).describe()).status, 404);
});

test('Text of any kind and the longest allowed passes unchanged', async (t) => {
  const room = freshName('room');
  const ann = await join(t, room, 'Ännchen & Co. 👩‍👧');
  const texts = ['𝔘 \u2028 </script> \u0001 "\\', 'ü'.repeat(2000), '\u001e\u001e', '{"type":1}\u001e'];
  for (const text of texts) {
    await ann.tell(text);
  }
  // What the room sends may come behind the end of the call that made it do so.
  await until('all were heard', () => ann.texts().length === texts.length);
  assert.deepEqual(ann.texts(), texts);
  assert.equal(ann.all('message')[0].author, 'Ännchen & Co. 👩‍👧');
});

test('A room under an awkward name has sockets as well', async (t) => {
  for (const name of ['a/b %2F ü', 'id', '100%']) {
    const room = freshName(name);
    if (await isRefused(client.object('chat-room', room))) {
      continue;
    }
    const ann = await join(t, room, 'ann');
    await ann.tell('hello');
    assert.deepEqual((await client.object('chat-room', room).read('history')).map((message) => message.text), ['hello']);
  }
});

test('A room is joined by its id, too, and without a name', async (t) => {
  const { id } = (await client.post('/api/objects/chat-room')).json;
  const ann = await join(t, `id:${id}`, 'ann');
  await ann.tell('hello');
  assert.equal((await client.object('chat-room', `id:${id}`).describe()).json.sockets, 1);
});

test('The room knows how many sockets it has', async (t) => {
  const room = fresh('chat-room');
  const sockets = async () => (await room.describe()).json.sockets;
  const ann = await join(t, room.key, 'ann');
  const bob = await Guest.join(room.key, 'bob');
  assert.equal(await sockets(), 2);
  await bob.leave();
  await ann.hears('left');
  assert.equal(await sockets(), 1);
});

test('Every transport of the client works: WebSockets, server-sent events, long polling', async (t) => {
  for (const transport of [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling]) {
    const room = freshName('room');
    const ann = await join(t, room, 'ann', { transport });
    await ann.tell('hello');
    await ann.hearsText('hello');
  }
});

test('A thousand messages to a room of ten reach everybody', async (t) => {
  const room = freshName('room');
  const guests = await Promise.all(Array.from({ length: 10 }, (_, i) => join(t, room, `guest-${i}`)));
  const messages = some(1000);
  for (let i = 0; i < messages; i++) {
    await guests[i % 10].say(`${i}`);
  }
  for (const guest of guests) {
    await until('all were heard', () => guest.texts().length === messages);
  }
});
