// Sockets that died with the process: their objects hear of it after the restart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';
import { Guest } from '../lib/room.mjs';
import { until } from '../lib/until.mjs';

const sockets = async (host) => (await host.object('chat-room', 'lobby').describe()).json.sockets;

test('After a kill -9 a room has no sockets, and newcomers find it as it was', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  const options = { url: first.url, key: undefined };
  const guests = await Promise.all(['ann', 'bob', 'cid'].map((author) => Guest.join('lobby', author, options)));
  await guests[0].tell('hello');
  assert.equal(await sockets(first), 3);
  await first.kill();
  await Promise.all(guests.map((guest) => guest.closed));

  const second = await Host.start(t, folder);
  await until('the sockets are forgotten', async () => (await sockets(second)) === 0);
  const ann = await Guest.join('lobby', 'ann', { url: second.url, key: undefined });
  t.after(() => ann.leave());
  assert.deepEqual(ann.all('history')[0].map((message) => message.text), ['hello']);
  assert.equal(await sockets(second), 1);
});

test('Clients that reconnect after a kill -9 hear who did not come back', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  const port = new URL(first.url).port;
  const bob = await Guest.join('lobby', 'bob', { url: first.url, key: undefined });
  const ann = await Guest.join('lobby', 'ann', { url: first.url, key: undefined, reconnect: true });
  t.after(() => ann.leave());
  await bob.tell('before');
  await first.kill();
  const second = new Host(t, ['--urls', `http://127.0.0.1:${port}`, '--data', folder]);
  await until('ann is back', () => ann.all('history').length === 2);
  assert.deepEqual(ann.all('history')[1].map((message) => message.text), ['before']);
  await ann.tell('after');
  await ann.hearsText('after');
});

test('A ticket of another process is refused, and the client is told to negotiate again', async (t) => {
  const [first, second] = [await Host.start(t, await dataFolder(t)), await Host.start(t, await dataFolder(t))];
  const { accessToken } = (await first.client.post('/api/objects/chat-room/lobby/negotiate?author=ann')).json;
  const { url } = (await second.client.post('/api/objects/chat-room/lobby/negotiate?author=ann')).json;
  const { HubConnectionBuilder, LogLevel } = await import('@microsoft/signalr');
  const connection = new HubConnectionBuilder().withUrl(url, { accessTokenFactory: () => accessToken }).configureLogging(LogLevel.None).build();
  const closed = new Promise((resolve) => connection.onclose(resolve));
  const reason = await connection.start().then(() => closed, (error) => error);
  assert.match(String(reason), /ticket/);
  assert.equal((await second.object('chat-room', 'lobby').describe()).status, 404);
});
