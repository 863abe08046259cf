// More than the host may hold: refused with a reason and a time, and nobody else's trouble.

import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';

const Mebibyte = 1024 * 1024;
const large = Buffer.from(JSON.stringify({ padding: 'x'.repeat(4 * Mebibyte - 100) }));
const small = { DurableObjects__WaitingBytes: String(16 * Mebibyte) };

test('A flood of large bodies for one object is refused with Retry-After while another answers', async (t) => {
  const host = await Host.start(t, await dataFolder(t), { environment: small });
  const agent = new http.Agent({ maxSockets: 48 });
  t.after(() => agent.destroy());
  const path = `${host.object('counter', 'flooded').path}/increment`;
  let isFlooding = true;
  const flood = Promise.all(Array.from({ length: 48 }, () => host.client.post(path, large, { agent })))
    .finally(() => (isFlooding = false));
  let increments = 0;
  while (isFlooding) {
    increments++;
    assert.equal(await host.object('counter', 'other').call('increment'), increments);
  }
  const answers = await flood;
  const refused = answers.filter((answer) => answer.status === 503);
  assert.ok(refused.length > 0, 'nothing was refused');
  for (const answer of refused) {
    assert.equal(answer.headers['retry-after'], '1');
    assert.deepEqual(
      [answer.json.code, answer.json.retryable, answer.json.overloaded], ['overloaded', true, true]);
    assert.match(answer.json.detail, /the limit of 16,777,216 is passed/);
  }
  // The method has no such argument, so what was not refused for its size was refused for that.
  assert.deepEqual([...new Set(answers.map((answer) => answer.status))].sort(), answers.some((one) => one.status === 400)
    ? [400, 503] : [503]);
  assert.ok(increments > 0);
  assert.equal(await host.object('counter', 'flooded').call('increment'), 1);
});

test('Bodies that never end keep nobody else from being heard', async (t) => {
  const host = await Host.start(t, await dataFolder(t), { environment: small });
  const { port } = new URL(host.url);
  const agent = new http.Agent({ maxSockets: 8 });
  t.after(() => agent.destroy());
  for (let i = 0; i < 8; i++) {
    const request = http.request({
      port, agent, method: 'POST', path: `${host.object('counter', 'a').path}/increment`,
      headers: { 'content-type': 'application/json', 'content-length': large.length },
    });
    request.on('error', () => {});
    request.write(large.subarray(0, 3 * Mebibyte));
  }
  assert.equal(await host.object('counter', 'b').call('increment'), 1);
  assert.equal(await host.object('counter', 'b').read('get'), 1);
});
