// POST /api/objects/{class}/{key}/negotiate, and the tickets that it gives out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { client, fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';

const negotiate = async (room, query = '?author=ann') => (await client.post(`${room.path}/negotiate${query}`)).json;

/** Connects with an access token of the test's own making; the connection, or why there is none. */
async function connect(url, token) {
  const heard = [];
  const connection = new HubConnectionBuilder().withUrl(url, { accessTokenFactory: () => token }).configureLogging(LogLevel.None).build();
  const closed = new Promise((resolve) => connection.onclose((error) => resolve({ refused: error ?? new Error('closed') })));
  const accepted = new Promise((resolve) => connection.on('history', (history) => (heard.push(history), resolve({ connection, heard }))));
  const failed = connection.start().then(() => new Promise(() => {}), (error) => ({ refused: error }));
  return Promise.race([closed, accepted, failed]);
}

test('It answers where to connect, and with what', async () => {
  const answer = await client.post(`${fresh('chat-room').path}/negotiate?author=ann`);
  assert.equal(answer.status, 200);
  assert.match(answer.json.url, /^https?:\/\//);
  assert.equal(typeof answer.json.accessToken, 'string');
});

test('It answers what the SignalR client sends in version 1 of the protocol', async () => {
  const answer = await client.post(`${fresh('chat-room').path}/negotiate?author=ann&negotiateVersion=1`);
  assert.match(answer.json.url, /^https?:\/\//);
});

test('A ticket opens a socket to its object', async () => {
  const room = fresh('chat-room');
  const { url, accessToken } = await negotiate(room);
  const { connection, heard, refused } = await connect(url, accessToken);
  assert.equal(refused, undefined);
  assert.deepEqual(heard, [[]]);
  await connection.stop();
});

test('A ticket is good for its own object alone: the URL cannot redirect it', async () => {
  const [mine, other] = [fresh('chat-room'), fresh('chat-room')];
  const { url, accessToken } = await negotiate(mine);
  const elsewhere = new URL(url);
  for (const [name, value] of [['key', other.key], ['object', other.key], ['author', 'mallory']]) {
    elsewhere.searchParams.set(name, value);
  }
  const { connection } = await connect(elsewhere.href, accessToken);
  await connection.invoke('message', 'whose?');
  assert.equal((await mine.read('history'))[0].author, 'ann');
  assert.deepEqual(await other.read('history'), []);
  await connection.stop();
});

test('A forged, a changed and a missing ticket are refused', async () => {
  const room = fresh('chat-room');
  const { url, accessToken } = await negotiate(room);
  const [payload, mac] = accessToken.split('.').slice(-2);
  const changed = Buffer.from(payload, 'base64url').toString().replace('ann', 'bob');
  const forged = [
    '', 'x', '.', '..', `${payload}.`, `.${mac}`, payload, `${payload}.${mac.slice(0, -4)}AAAA`, `${payload}.${mac}.${mac}`,
    `${Buffer.from(changed).toString('base64url')}.${mac}`, `${payload}.${'A'.repeat(mac.length)}`, 'A'.repeat(5000),
  ];
  for (const token of forged) {
    const { refused } = await connect(url, token);
    assert.ok(refused, `a socket was opened with ${token}`);
  }
  assertProblem(await room.describe(), 404, 'unknown-object');
});

test('An object that does not exist, of a class that does not, has no sockets', async () => {
  assertProblem(await client.post(`${fresh('no-such-class').path}/negotiate`), 404, 'unknown-class');
});

test('A class whose objects take no sockets refuses the client', async () => {
  const { url, accessToken } = await negotiate(fresh('counter'));
  const { refused } = await connect(url, accessToken);
  assert.ok(refused);
});

test('A query too long for a ticket is 400 and says the limit', async () => {
  const answer = await client.post(`${fresh('chat-room').path}/negotiate?author=ann&more=${'x'.repeat(4000)}`);
  assertProblem(answer, 400, 'invalid-argument', '4,096');
});

test('GET is refused: 405 with Allow', async () => {
  const answer = await client.get(`${fresh('chat-room').path}/negotiate`);
  assertProblem(answer, 405, 'method-not-allowed');
  assert.equal(answer.headers.allow, 'POST');
});

test('The API key in the query is not handed on', async () => {
  const { accessToken } = await negotiate(fresh('chat-room'), '?author=ann&code=secret-key');
  assert.ok(!Buffer.from(accessToken.split('.').at(-2), 'base64url').toString().includes('secret-key'));
});
