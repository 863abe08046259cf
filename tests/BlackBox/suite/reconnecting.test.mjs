// withAutomaticReconnect(): a connection that breaks is made anew, through a new negotiation, as a new socket.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshName } from '../lib/objects.mjs';
import { Guest } from '../lib/room.mjs';
import { until } from '../lib/until.mjs';

test('A client whose connection breaks comes back by itself and catches up', async (t) => {
  const room = freshName('room');
  const ann = await Guest.join(room, 'ann');
  const bob = await Guest.join(room, 'bob', { reconnect: true });
  t.after(() => Promise.all([ann.leave(), bob.leave()]));
  let reconnected = 0;
  bob.connection.onreconnected(() => reconnected++);
  await ann.tell('before');
  // The socket beneath the client, cut without a word, as a network does it.
  bob.connection.connection.transport._webSocket.terminate();
  await until('bob has come back', () => reconnected === 1);
  await until('bob has a new history', () => bob.all('history').length === 2);
  assert.deepEqual(bob.all('history')[1].map((message) => message.text), ['before']);
  assert.equal((await ann.hears('left')).author, 'bob');
  await ann.tell('after');
  await bob.hearsText('after');
  await bob.tell('thanks');
  await ann.hearsText('thanks');
});
