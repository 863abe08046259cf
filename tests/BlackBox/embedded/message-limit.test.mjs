// A socket message over the limit of 1 MiB.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';
import { Guest } from '../lib/room.mjs';
import { until } from '../lib/until.mjs';

test('A message over the limit harms its sender alone', async (t) => {
  const host = await Host.start(t, await dataFolder(t));
  const options = { url: host.url, key: undefined };
  const ann = await Guest.join('lobby', 'ann', options);
  const bob = await Guest.join('lobby', 'bob', options);
  t.after(() => bob.leave());
  await assert.rejects(ann.tell('x'.repeat(1024 * 1024 - 100)), /'text' has 1,048,476 characters/);
  await assert.rejects(ann.tell('x'.repeat(1024 * 1024)), /1,048,578 bytes; the limit is 1,048,576/);
  await assert.rejects(ann.tell('x'.repeat(2 * 1024 * 1024)));
  await ann.closed;
  await bob.hears('left');
  await bob.tell('still here');
  assert.deepEqual(bob.texts(), ['still here']);
  await until('one socket is left', async () => (await host.object('chat-room', 'lobby').describe()).json.sockets === 1);
});
