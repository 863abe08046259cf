// Requests that no honest client sends. The host answers each or hangs up, and goes on serving the others.

import assert from 'node:assert/strict';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, test } from 'node:test';
import { client, fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { apiKey, baseUrl } from '../lib/target.mjs';

const { protocol, hostname, port, host } = new URL(baseUrl);

/** Sends bytes as they are and returns all that comes back until the host hangs up. */
function raw(text) {
  return new Promise((resolve, reject) => {
    const connect = protocol === 'https:' ? tls.connect : net.connect;
    const socket = connect({ host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80), servername: hostname });
    let answer = '';
    socket.setEncoding('latin1').on('data', (data) => (answer += data));
    socket.on('close', () => resolve(answer));
    socket.on('error', (error) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(answer) : reject(error)));
    socket.write(text, 'latin1');
  });
}

const head = (method, path, ...headers) => [
  `${method} ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...(apiKey ? [`x-functions-key: ${apiKey}`] : []), ...headers, '', '',
].join('\r\n');

afterEach(async () => assert.equal((await client.get('/api/health')).status, 200));

test('Huge headers are refused', async () => {
  const answer = await raw(head('GET', '/api/objects', `X-Huge: ${'x'.repeat(100_000)}`)).catch(() => '');
  assert.ok(answer === '' || / (431|400) /.test(answer.split('\r\n')[0]), answer.slice(0, 100));
});

test('A huge target is refused', async () => {
  const answer = await raw(head('GET', `/api/objects/counter/${'x'.repeat(20_000)}`));
  assert.match(answer, /^(HTTP\/1\.1 (414|400|404) |$)/);
});

test('What is not HTTP is refused', async () => {
  for (const nonsense of ['hello\r\n\r\n', '\0\0\0\0\r\n\r\n', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', '{"by":1}\r\n\r\n']) {
    assert.match(await raw(nonsense), /^(HTTP\/1\.1 (400|505) |$)/);
  }
});

test('Two lengths, or a length and chunks, are not smuggled', async () => {
  const { path } = fresh('counter');
  const two = await raw(`${head('POST', `${path}/increment`, 'Content-Type: application/json', 'Content-Length: 2', 'Content-Length: 8')}{"by":7}`);
  assert.match(two, /^HTTP\/1\.1 400 /);
  const chunks = `${head('POST', `${path}/increment`, 'Content-Type: application/json', 'Content-Length: 2', 'Transfer-Encoding: chunked')}0\r\n\r\n`;
  assert.match(await raw(chunks), /^HTTP\/1\.1 (400|200) /);
});

test('A broken chunk is an error and calls nothing', async () => {
  const counter = fresh('counter');
  const answer = await raw(
    `${head('POST', `${counter.path}/increment`, 'Content-Type: application/json', 'Transfer-Encoding: chunked')}zz\r\n{"by":7}\r\n0\r\n\r\n`);
  // 400 of the host itself; what stands in front of it may not tell whose fault it was.
  assert.match(answer, /^HTTP\/1\.1 (400|500|502) /);
  assert.equal(await counter.read('get'), 0);
});

test('A client that hangs up in the middle of its body calls nothing', async () => {
  const counter = fresh('counter');
  await new Promise((resolve, reject) => {
    const socket = net.connect({ host: hostname, port: Number(port) }, () => {
      socket.write(`${head('POST', `${counter.path}/increment`, 'Content-Type: application/json', 'Content-Length: 100')}{"by":`, resolve);
    });
    socket.on('error', reject);
    socket.on('close', () => {});
    setImmediate(() => socket.end());
  });
  assert.equal(await counter.read('get'), 0);
});

test('Paths that try to leave their place do not', async () => {
  const { path } = fresh('counter');
  const targets = [
    `${path}/../../../../etc/passwd`, '/api/objects/counter/../../../etc/passwd', '/api/objects/counter/..%2f..%2f..%2fetc%2fpasswd',
    '/api/objects/..%2fcounter/x', '/api/objects//x/get', '/api/objects/counter//get', '//api/objects', '/api/objects/counter/%2e%2e/get',
    '/api/objects/counter/%00', '/%', '/api/objects/%', '/api/objects/counter/%/get',
  ];
  for (const target of targets) {
    const answer = await raw(head('GET', target));
    const status = Number(answer.split(' ')[1]);
    assert.ok(answer === '' || (status >= 200 && status < 500), `${target}: ${answer.slice(0, 300)}`);
    assert.ok(!answer.includes('root:'), target);
  }
});

test('Names and methods that are patterns, SQL or code are names', async () => {
  const { client: http } = fresh('counter');
  for (const method of ["'; DROP TABLE x; --", '%00', '*', '__proto__', 'constructor', '<script>']) {
    const answer = await http.post(`/api/objects/counter/x/${encodeURIComponent(method)}`);
    assertProblem(answer, 404, 'unknown-method');
    assert.ok(!answer.headers['content-type'].includes('html'));
  }
});

test('Unknown HTTP methods are refused', async () => {
  const answer = await raw(head('BREW', `${fresh('counter').path}/increment`, 'Content-Length: 0'));
  assert.match(answer, /^HTTP\/1\.1 (405|501|400) /);
});

test('A header of Latin-1 or control characters is not an accident', async () => {
  const { path } = fresh('counter');
  for (const value of ['\xff\xfe', 'a\x01b', 'ü'.repeat(10)]) {
    for (const name of ['If-Match', 'Idempotency-Key', 'Content-Type']) {
      const answer = await raw(`${head('POST', `${path}/increment`, `${name}: ${value}`, 'Content-Length: 2')}{}`);
      assert.match(answer, /^(HTTP\/1\.1 (200|400|415|412) |$)/, `${name}: ${answer.slice(0, 300)}`);
    }
  }
});

test('A socket that talks nonsense is closed, and the room goes on', async () => {
  const room = fresh('chat-room');
  await room.call('post', ['ann', 'hello']);
  const { url, accessToken } = (await client.post(`${room.path}/negotiate?author=ann`)).json;
  const { default: WebSocket } = await import('ws');
  for (const nonsense of ['garbage', '{"protocol":"json","version":1}\u001e{"type":1', '{"protocol":"json","version":1}\u001e[[[\u001e', '\u001e', '{"protocol":"messagepack","version":1}\u001e', Buffer.alloc(3000, 0xff)]) {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers: { authorization: `Bearer ${accessToken}` } });
    await new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', resolve);
      socket.on('open', () => {
        socket.send(nonsense);
        socket.close();
      });
    });
  }
  assert.equal((await room.read('history')).length, 1);
});
