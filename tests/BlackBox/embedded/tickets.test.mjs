// Tickets under a key that is known: what was signed with it is believed, within its time, and nothing else.

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { dataFolder, Host } from '../lib/host.mjs';

const key = randomBytes(32);
const environment = { DurableObjects__TicketKey: key.toString('base64') };

const sign = (payload) => {
  const json = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return `${Buffer.from(json).toString('base64url')}.${createHmac('sha256', key).update(json).digest('base64url')}`;
};

const read = (ticket) => JSON.parse(Buffer.from(ticket.split('.')[0], 'base64url'));

/** Why a socket with this ticket was closed, or undefined if it was opened. */
async function refusal(url, ticket) {
  const connection = new HubConnectionBuilder().withUrl(url, { accessTokenFactory: () => ticket }).configureLogging(LogLevel.None).build();
  const opened = new Promise((resolve) => connection.on('history', () => resolve()));
  const closed = new Promise((resolve) => connection.onclose((error) => resolve(String(error))));
  const failed = connection.start().then(() => new Promise(() => {}), String);
  const reason = await Promise.race([opened, closed, failed]);
  await connection.stop();
  return reason;
}

async function negotiate(host, room = 'lobby') {
  const { url, accessToken } = (await host.client.post(`/api/objects/chat-room/${room}/negotiate?author=ann`)).json;
  return { url, ticket: read(accessToken) };
}

test('A ticket is signed with the key that was configured, and lives for five minutes', async (t) => {
  const host = await Host.start(t, await dataFolder(t), { environment });
  const { url, ticket } = await negotiate(host);
  assert.equal(ticket.exp - ticket.iat, 300);
  assert.equal(await refusal(url, sign(ticket)), undefined);
});

test('An expired ticket is refused, and the client told to negotiate again', async (t) => {
  const host = await Host.start(t, await dataFolder(t), { environment });
  const { url, ticket } = await negotiate(host);
  const past = Math.floor(Date.now() / 1000) - 1;
  assert.match(await refusal(url, sign({ ...ticket, exp: past })), /expired.*negotiate again/);
});

test('A ticket whose id is of another class, or none, is refused', async (t) => {
  const host = await Host.start(t, await dataFolder(t), { environment });
  const { url, ticket } = await negotiate(host);
  const { id } = (await host.client.post('/api/objects/counter')).json;
  assert.match(await refusal(url, sign({ ...ticket, id })), /not one of class/);
  assert.match(await refusal(url, sign({ ...ticket, id: 'x' })), /id is 64 hex digits/);
  assert.match(await refusal(url, sign({ ...ticket, class: 'no-such-class' })), /no-such-class/);
});

test('A ticket of another version is refused', async (t) => {
  const host = await Host.start(t, await dataFolder(t), { environment });
  const { url, ticket } = await negotiate(host);
  assert.match(await refusal(url, sign({ ...ticket, v: 2 })), /ticket/);
});

test('Hosts that share the key believe each other\'s tickets', async (t) => {
  const [first, second] = await Promise.all([1, 2].map(async () => Host.start(t, await dataFolder(t), { environment })));
  const { ticket } = await negotiate(first);
  const { url } = await negotiate(second);
  assert.equal(await refusal(url, sign(ticket)), undefined);
});

test('A key that is too short, or no base64, is refused at the start', async (t) => {
  for (const wrong of ['c2hvcnQ=', '***']) {
    const host = new Host(t, ['--urls', 'http://127.0.0.1:0', '--data', await dataFolder(t)], { DurableObjects__TicketKey: wrong });
    assert.equal((await host.exited()).code, 1, host.output);
    assert.match(host.output, /DurableObjects:TicketKey/);
  }
});
