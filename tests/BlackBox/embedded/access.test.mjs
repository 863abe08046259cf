// Who is let in: everyone on this machine if there is no key, and whoever has the key if there is one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, freePort, Host } from '../lib/host.mjs';
import { Client } from '../lib/http.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { Guest } from '../lib/room.mjs';
import { until } from '../lib/until.mjs';

for (const address of ['0.0.0.0', '[::]', '*', '+', 'example.org']) {
  test(`Without a key the host refuses to listen on ${address}, and says which setting is missing`, async (t) => {
    const host = new Host(t, ['--urls', `http://${address}:${await freePort()}`, '--data', await dataFolder(t)]);
    const { code } = await host.exited();
    assert.equal(code, 1, host.output);
    assert.match(host.output, /--api-key/);
    assert.match(host.output, /DurableObjects:ApiKeys:0/);
    assert.doesNotMatch(host.output, /Unhandled exception/);
  });
}

test('Ports alone mean every address, so they are refused too', async (t) => {
  const host = new Host(t, ['--data', await dataFolder(t), '--urls', ''], { ASPNETCORE_HTTP_PORTS: `${await freePort()}` });
  const { code } = await host.exited();
  assert.equal(code, 1, host.output);
  assert.match(host.output, /--api-key/);
});

test('Without a key a request for another host name is 403: DNS rebinding', async (t) => {
  const host = await Host.start(t, await dataFolder(t));
  for (const name of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.0.1', '[::2]']) {
    assertProblem(await host.client.get('/api/objects', { headers: { host: name } }), 403, 'forbidden', 'API key');
  }
  for (const name of ['localhost', 'LOCALHOST:1', '127.0.0.1', '[::1]:5']) {
    assert.equal((await host.client.get('/api/objects', { headers: { host: name } })).status, 200, name);
  }
});

test('Without a key a request of another site\'s page is 403', async (t) => {
  const host = await Host.start(t, await dataFolder(t));
  const { path } = host.object('counter', 'x');
  for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'file://', 'garbage']) {
    assertProblem(await host.client.post(`${path}/increment`, undefined, { headers: { origin } }), 403, 'forbidden', 'API key');
    assertProblem(await host.client.post('/api/hibernate', undefined, { headers: { origin } }), 403, 'forbidden');
  }
  assertProblem(await host.client.get(`${path}/get`, { headers: { 'sec-fetch-site': 'cross-site' } }), 403, 'forbidden');
  assert.equal((await host.client.post(`${path}/increment`, undefined, { headers: { origin: 'http://localhost:3000' } })).json, 1);
});

test('With a key, wherever the host listens', async (t) => {
  const Key = 'a key with spaces & signs';
  const host = await Host.start(t, await dataFolder(t), { apiKey: Key });
  await t.test('every route but health wants it', async () => {
    const stranger = new Client(host.url);
    const { path } = host.object('counter', 'x');
    const requests = [
      ['GET', '/api/objects'], ['GET', '/api/objects/counter'], ['POST', '/api/objects/counter'], ['GET', path], ['DELETE', path],
      ['DELETE', `${path}?purge=true`], ['POST', `${path}/increment`], ['GET', `${path}/get`], ['POST', `${path}/negotiate`],
      ['POST', `${path}/parked-signals`], ['GET', `${path}/fetch/x`], ['POST', '/api/hibernate'], ['GET', '/api/metrics'],
    ];
    for (const [method, target] of requests) {
      assertProblem(await stranger.send(method, target), 401, 'unauthenticated', 'x-functions-key');
      const wrong = await stranger.send(method, target, { headers: { 'x-functions-key': `${Key} ` + 'x' } });
      assertProblem(wrong, 401, 'unauthenticated');
    }
    assert.equal((await stranger.get('/api/health')).status, 200);
    stranger.close();
  });
  await t.test('it is taken from the header or the query', async () => {
    const stranger = new Client(host.url);
    assert.equal((await stranger.get('/api/objects', { headers: { 'x-functions-key': Key } })).status, 200);
    assert.equal((await stranger.get(`/api/objects?code=${encodeURIComponent(Key)}`)).status, 200);
    assert.equal((await stranger.get(`/api/objects/counter/x/get?code=${encodeURIComponent(Key)}`)).json, 0);
    stranger.close();
  });
  await t.test('other host names and origins are no matter then', async () => {
    const headers = { host: 'objects.example.org', origin: 'https://app.example.org' };
    assert.equal((await host.client.get('/api/objects', { headers })).status, 200);
  });
  await t.test('a SignalR client gives it when it negotiates', async () => {
    const guest = await Guest.join('lobby', 'ann', { url: host.url, key: Key });
    await guest.tell('hello');
    await guest.leave();
    await assert.rejects(new Guest('lobby', 'ann', { url: host.url, key: undefined }).connection.start(), /401/);
  });
});

test('With a key the host listens on every address', async (t) => {
  const port = await freePort();
  const host = new Host(t, ['--urls', `http://0.0.0.0:${port}`, '--data', await dataFolder(t), '--api-key', 'k']);
  host.client = new Client(`http://127.0.0.1:${port}`, 'k');
  await until('it answers', async () => (await host.client.get('/api/objects').catch(() => ({}))).status === 200);
});

test('A blank key is refused at the start', async (t) => {
  const host = new Host(t, ['--urls', `http://127.0.0.1:${await freePort()}`, '--data', await dataFolder(t), '--api-key', ' ']);
  assert.equal((await host.exited()).code, 1, host.output);
  assert.match(host.output, /blank/);
  assert.doesNotMatch(host.output, /Unhandled exception/);
});

test('Nobody begins a connection to the hub without a ticket', async (t) => {
  const host = await Host.start(t, await dataFolder(t));
  assertProblem(await host.client.post('/api/sockets/negotiate?negotiateVersion=1'), 401, 'unauthenticated');
  assertProblem(await host.client.post('/api/sockets/negotiate?negotiateVersion=1', undefined, {
    headers: { authorization: 'Bearer nonsense' },
  }), 401, 'unauthenticated');
  assertProblem(await host.client.get('/api/sockets?access_token=nonsense'), 401, 'unauthenticated');
});
