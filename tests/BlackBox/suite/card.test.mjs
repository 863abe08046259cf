// GET /api/objects/{class}?card=true

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertCard } from '../lib/cards.mjs';
import { client, fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';

const cardOf = async (className) => {
  const answer = await client.get(`/api/objects/${className}?card=true`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

test('Every class that is listed has a card, which says what it is for', async () => {
  const { classes } = (await client.get('/api/objects')).json;
  assert.ok(classes.length > 0);
  for (const { name, methods } of classes) {
    const card = await cardOf(name);
    assertCard(card);
    assert.equal(card.durable_object.name, name);
    assert.ok(card.durable_object.purpose?.length > 20, `${name} has no purpose`);
    const reads = methods.some(({ readOnly }) => readOnly);
    assert.equal(card.optimization_techniques.includes('read-only-methods'), reads, name);
    assert.equal(card.performance_characteristics.consistency_model.includes('read-only'), reads, name);
  }
});

test('A card says what its class does', async () => {
  const chat = await cardOf('chat-room');
  assert.ok(chat.durable_object.patterns.includes('hibernating-sockets'));
  assert.ok(chat.coordination_features.includes('socket-broadcast'));
  const counter = await cardOf('counter');
  assert.deepEqual(counter.durable_object.patterns, ['key-value']);
  assert.deepEqual(counter.durable_object.storage_schema, { tables: [] });
  const [entry] = (await cardOf('account')).durable_object.storage_schema.tables;
  assert.equal(entry.name, 'entry');
  assert.deepEqual(entry.columns.find(({ name }) => name === 'account'), { name: 'account', type: 'TEXT', primary_key: false, not_null: true });
  assert.deepEqual(entry.indexes, [{ name: 'entry_by_account', unique: false, columns: ['account', 'id'] }]);
});

test('Once an object has woken there is a cold start, and the object is counted', async () => {
  const counter = fresh('counter');
  await counter.call('increment');
  const { cold_start_ms: cold, hibernation_savings: savings } = (await cardOf('counter')).performance_characteristics;
  assert.ok(cold.count >= 1);
  assert.ok(0 < cold.p50 && cold.p50 <= cold.p99, JSON.stringify(cold));
  assert.ok(savings.objects === null || savings.objects >= 1);
  assert.ok(savings.awake >= 1);
});

test('An unknown class has no card, nor has one of the runtime, and card is true or false', async () => {
  assertProblem(await client.get('/api/objects/no-such-class?card=true'), 404, 'unknown-class');
  assertProblem(await client.get('/api/objects/workflow?card=true'), 404, 'unknown-class');
  assertProblem(await client.get('/api/objects/counter?card=maybe'), 400, 'invalid-argument', "'card'");
  assert.ok(Array.isArray((await client.get('/api/objects/counter?card=false')).json.objects));
});
