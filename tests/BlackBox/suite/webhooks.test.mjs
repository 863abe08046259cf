// Signed webhooks: taken, told apart, forwarded in order with retries, and what is told of them. The host must have been started with
// the sources of lib/webhooks.mjs, as run.mjs does.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { client } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';
import { isSigned, newId, pathOf, Receiver, send, sendGitHub } from '../lib/webhooks.mjs';

const port = process.env.WEBHOOK_PORT;

const newKey = () => `customer ${newId()} é`;

const get = async (source, key, rest) => {
  const answer = await client.get(pathOf(source, key, rest));
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

const deliveryOf = (source, key, id) => get(source, key, `/deliveries/${encodeURIComponent(id)}`);

const reaches = (source, key, id, state) =>
  until(`${id} is ${state}`, async () => (await deliveryOf(source, key, id)).state === state);

describe('Webhooks', { skip: port === undefined && 'the host has no sources of webhooks' }, () => {
  let receiver;

  // One for all tests, since the host knows one port; they are told apart by their keys.
  before(async () => {
    receiver = await Receiver.start(Number(port));
    receiver.answers = new Map();
    receiver.answer = (arrival) => (receiver.answers.get(arrival.key) ?? (() => 200))(arrival);
  });

  after(() => receiver.stop());

  test('One that is signed is accepted, and forwarded with its signature', async () => {
    const [key, id] = [newKey(), newId()];
    const answer = await send(client, 'shop', key, id, '{ "type":  "order.paid", "ö": 1 }');
    assert.equal(answer.status, 202, answer.text);
    assert.deepEqual(answer.json, { id, duplicate: false });
    await reaches('shop', key, id, 'delivered');
    const [arrival] = receiver.of(key);
    assert.equal(arrival.body, '{ "type":  "order.paid", "ö": 1 }');
    assert.equal(arrival.id, id);
    assert.ok(isSigned(arrival));
  });

  test('The same delivery twice is stored once', async () => {
    const [key, id] = [newKey(), newId()];
    assert.equal((await send(client, 'shop', key, id, { type: 'a' })).status, 202);
    const again = await send(client, 'shop', key, id, { type: 'a' });
    assert.equal(again.status, 200);
    assert.deepEqual(again.json, { id, duplicate: true });
    await reaches('shop', key, id, 'delivered');
    assert.equal((await get('shop', key, '/deliveries')).deliveries.length, 1);
    assert.equal(receiver.of(key).length, 1);
  });

  test('A bad signature is refused without a word of why, and leaves a count', async () => {
    const key = newKey();
    for (const bad of [
      { secret: 'other' }, { timestamp: 1 }, { headers: { 'webhook-signature': 'nonsense' } }, { headers: { 'webhook-id': '' } },
    ]) {
      const answer = await send(client, 'shop', key, newId(), { type: 'a' }, bad);
      assertProblem(answer, 401, 'invalid-signature');
      assert.equal(answer.json.detail, 'The signature is not valid.');
    }
    assertProblem(await client.get(pathOf('shop', key, '/deliveries')), 404, 'unknown-webhook-queue');
    const metrics = await client.get('/api/metrics');
    assert.match(metrics.text, /^durable_objects_webhook_refusals_total\{source="shop",reason="[a-z ]+"\} \d+$/m);
  });

  test('What is signed and cannot be used is 400, an unknown source 404, a body over a mebibyte 413', async () => {
    const key = newKey();
    assertProblem(await send(client, 'shop', key, newId(), '[1]'), 400, 'malformed-webhook');
    assertProblem(await send(client, 'none', key, newId(), { type: 'a' }), 404, 'unknown-webhook-source');
    assertProblem(await send(client, 'shop', key, newId(), JSON.stringify({ type: 'a', pad: 'x'.repeat(1024 * 1024) })), 413, 'too-large');
    const most = JSON.stringify({ type: 'a', pad: '' });
    const id = newId();
    const pad = 'x'.repeat(1024 * 1024 - most.length);
    assert.equal((await send(client, 'shop', key, id, JSON.stringify({ type: 'a', pad }))).status, 202);
    await reaches('shop', key, id, 'delivered');
    assert.equal(receiver.of(key)[0].body.length, 1024 * 1024);
  });

  test('A receiver that fails at first gets them all, in order, with every attempt in the trail', async () => {
    const key = newKey();
    const failures = [500, undefined, 404, 302, 503];
    receiver.answers.set(key, () => (failures.length > 0 ? failures.shift() : 200));
    const ids = Array.from({ length: 5 }, newId);
    for (const id of ids) {
      assert.equal((await send(client, 'shop', key, id, { type: 'order.paid' })).status, 202);
    }
    await reaches('shop', key, ids.at(-1), 'delivered');
    const first = await deliveryOf('shop', key, ids[0]);
    assert.deepEqual(
      first.attempts.map((one) => [one.number, one.outcome, one.status ?? null]),
      [[1, 'failed', 500], [2, 'failed', null], [3, 'failed', 404], [4, 'failed', 302], [5, 'failed', 503], [6, 'delivered', 200]]);
    assert.equal(first.attempts[0].response, 'answer 500');
    assert.ok(Date.parse(first.receivedAt) <= Date.parse(first.verifiedAt));
    for (const [one, next] of first.attempts.slice(1).map((next, i) => [first.attempts[i], next])) {
      assert.ok(Date.parse(next.startedAt) - Date.parse(one.endedAt) >= 0.8 * Math.min(200, 50 * 2 ** (one.number - 1)) - 1);
    }
    assert.deepEqual(receiver.of(key).filter((one) => one.status === 200).map((one) => one.id), ids);
  });

  test('A queue that stops at a dead letter goes on when that is delivered again, and refuses what is too much', async () => {
    const key = newKey();
    let isDown = true;
    receiver.answers.set(key, () => (isDown ? 400 : 200));
    const ids = Array.from({ length: 3 }, newId);
    for (const id of ids) {
      assert.equal((await send(client, 'strict', key, id, { type: 'a' })).status, 202);
    }
    await reaches('strict', key, ids[0], 'dead');
    const refused = await send(client, 'strict', key, newId(), { type: 'a' });
    assertProblem(refused, 503, 'overloaded');
    assert.ok(Number(refused.headers['retry-after']) > 0);
    const status = await get('strict', key, '/status');
    assert.deepEqual([status.waiting, status.dead, status.stop, status.stoppedAt], [2, 1, 'deadLetter', ids[0]]);
    isDown = false;
    const again = await client.post(pathOf('strict', key, `/deliveries/${ids[0]}/redeliver`));
    assert.deepEqual([again.status, again.json], [202, { count: 1 }]);
    await reaches('strict', key, ids[2], 'delivered');
    assert.deepEqual(receiver.of(key).map((one) => one.id), [ids[0], ...ids]);
  });

  test('Dead letters are delivered again all at once, skipped, and left behind', async () => {
    const key = newKey();
    let isDown = true;
    receiver.answers.set(key, () => (isDown ? 400 : 200));
    const ids = Array.from({ length: 3 }, newId);
    for (const id of ids) {
      await send(client, 'strict', key, id, { type: 'a' });
    }
    await reaches('strict', key, ids[0], 'dead');
    assert.deepEqual((await client.post(pathOf('strict', key, '/resume'))).json, { hadStopped: true });
    await reaches('strict', key, ids[1], 'dead');
    assert.equal((await client.post(pathOf('strict', key, `/deliveries/${ids[1]}/skip`))).status, 202);
    await reaches('strict', key, ids[2], 'dead');
    isDown = false;
    assert.deepEqual((await client.post(pathOf('strict', key, '/redeliver'), { state: 'dead' })).json, { count: 2 });
    await reaches('strict', key, ids[2], 'delivered');
    const { deliveries } = await get('strict', key, '/deliveries?limit=10');
    assert.deepEqual(deliveries.map((one) => one.state), ['delivered', 'skipped', 'delivered']);
    assert.equal((await get('strict', key, '/deliveries?state=skipped')).deliveries[0].id, ids[1]);
    assert.equal((await client.post(pathOf('strict', key, '/redeliver'), { ids: [ids[1]] })).status, 202);
    await reaches('strict', key, ids[1], 'delivered');
    assertProblem(await client.post(pathOf('strict', key, '/redeliver'), { ids: ['none'] }), 404, 'unknown-delivery');
    assertProblem(await client.post(pathOf('strict', key, '/redeliver'), {}), 400, 'invalid-argument');
  });

  test('Without handler and target they are kept as unhandled, with their bodies', async () => {
    const [key, id] = [newKey(), newId()];
    assert.equal((await sendGitHub(client, key, id, 'issues', { action: 'opened' })).status, 202);
    await reaches('forge', key, id, 'unhandled');
    const delivery = await get('forge', key, `/deliveries/${id}?body=true`);
    assert.equal(delivery.type, 'issues.opened');
    assert.equal(Buffer.from(delivery.body, 'base64').toString(), '{"action":"opened"}');
  });
});
