// Calling methods: POST /api/objects/{class}/{key}/{method}, and GET for those marked read-only.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, fresh, freshName } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

test('A call without a body uses the defaults', async () => {
  const answer = await fresh('counter').post('increment');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(answer.json, 1);
});

test('A call takes its arguments by name', async () => {
  const room = fresh('chat-room');
  const message = await room.call('post', { text: 'hello', author: 'ann' });
  assert.equal(message.author, 'ann');
  assert.equal(message.text, 'hello');
});

test('A call takes its arguments by position', async () => {
  const room = fresh('chat-room');
  const message = await room.call('post', ['ann', 'hello']);
  assert.equal(message.author, 'ann');
  assert.equal(message.text, 'hello');
});

test('Names of methods and arguments are read without regard to case', async () => {
  assert.equal(await fresh('counter').call('Increment', { BY: 5 }), 5);
});

test('An empty object, an empty array and blanks are no arguments', async () => {
  const counter = fresh('counter');
  assert.equal(await counter.call('increment', {}), 1);
  assert.equal(await counter.call('increment', []), 2);
  assert.equal(await counter.call('increment', ' \r\n\t'), 3);
});

test('A body that comes in chunks, without a length, is read whole', async () => {
  const answer = await fresh('counter').post('increment', { by: 4 }, { 'transfer-encoding': 'chunked' });
  assert.equal(answer.json, 4);
});

test('A read-only method is called by GET, with arguments from the query', async () => {
  const room = fresh('chat-room');
  for (const text of ['one', 'two', 'three']) {
    await room.call('post', ['ann', text]);
  }
  const texts = (await room.read('history', { limit: 1, before: 3 })).map((message) => message.text);
  assert.deepEqual(texts, ['two']);
});

test('A text argument of a GET may look like a number or like JSON', async () => {
  const ledger = fresh('account');
  for (const name of ['123', 'true', 'null', '{"a":1}', '"quoted"']) {
    await ledger.call('deposit', [name, 7]);
    assert.equal(await ledger.read('balance', { account: name }), 7, name);
  }
});

test('A read-only method is called by POST as well', async () => {
  assert.equal(await fresh('counter').call('get'), 0);
});

test('A method that may write is refused by GET: 405 with Allow', async () => {
  const counter = fresh('counter');
  const answer = await counter.get('increment');
  assertProblem(answer, 405, 'method-not-allowed', 'increment');
  assert.equal(answer.headers.allow, 'POST');
  assert.equal(await counter.read('get'), 0);
});

test('A method takes no PUT, PATCH or DELETE: 405 with what it does take', async () => {
  for (const method of ['PUT', 'PATCH', 'DELETE']) {
    const answer = await client.send(method, `${fresh('counter').path}/increment`);
    assertProblem(answer, 405, 'method-not-allowed', method);
    assert.deepEqual(answer.headers.allow.split(', ').sort(), ['GET', 'POST']);
  }
});

test('A class, a method and a route that do not exist are 404', async () => {
  assertProblem(await fresh('no-such-class').post('increment'), 404, 'unknown-class', 'no-such-class');
  assertProblem(await fresh('counter').post('explode'), 404, 'unknown-method', 'explode');
  assertProblem(await fresh('counter').get('explode'), 404, 'unknown-method', 'explode');
  assertProblem(await client.get('/api/no/such/route'), 404, 'unknown-route');
});

test('Methods that are not the class\'s own are not callable', async () => {
  for (const name of ['toString', 'getHashCode', 'equals', 'getType', 'onAlarm', 'onWake', 'onFetch', 'dispose', 'get_Context']) {
    assertProblem(await fresh('counter').post(name), 404, 'unknown-method');
  }
});

test('A bad argument is 400 and named', async () => {
  const counter = fresh('counter');
  assertProblem(await counter.post('increment', { by: 'x' }), 400, 'invalid-argument', "'by'");
  assertProblem(await counter.post('increment', { by: null }), 400, 'invalid-argument', "'by'");
  assertProblem(await counter.post('increment', { by: 1.5 }), 400, 'invalid-argument', "'by'");
  assertProblem(await counter.post('increment', { by: 1e30 }), 400, 'invalid-argument', "'by'");
  assertProblem(await counter.post('increment', '{"by":1,"by":2}'), 400, 'invalid-argument', "'by'");
  assertProblem(await counter.post('increment', { step: 1 }), 400, 'invalid-argument', "'step'");
  assertProblem(await counter.post('increment', [1, 2]), 400, 'invalid-argument', 'increment');
  assertProblem(await fresh('chat-room').post('post', { author: 'ann' }), 400, 'invalid-argument', "'text'");
  assertProblem(await fresh('chat-room').get('history', { limit: 'many' }), 400, 'invalid-argument', "'limit'");
  assertProblem(await fresh('chat-room').get('history', { limits: 1 }), 400, 'invalid-argument', "'limits'");
  assert.equal(await counter.read('get'), 0);
});

test('What is not JSON is 400, however it is broken', async () => {
  const counter = fresh('counter');
  const broken = [
    '{"by":', '{"by":1', '[1', '{by:1}', "{'by':1}", '{"by":01}', '{"by":1}}', '{"by":1} trailing', '{"by":1,}', '[1,]',
    '"text"', '1', 'null', 'true', '\u0000', '\ufeff', 'NaN', '{"by":NaN}', '['.repeat(10_000), '{"by":'.repeat(10_000),
    Buffer.from([0xff, 0xfe, 0x7b, 0x00]), Buffer.from('{"\xff":1}', 'latin1'), Buffer.from('{"by":"\xff"}', 'latin1'),
  ];
  for (const body of broken) {
    assertProblem(await counter.post('increment', body), 400, 'invalid-argument');
  }
  assert.equal(await counter.read('get'), 0);
});

test('Text that is no UTF-8 or no Unicode is 400 and not stored', async () => {
  const room = fresh('chat-room');
  const invalid = [
    Buffer.from('{"author":"ann","text":"\xff\xfe"}', 'latin1'),
    Buffer.from('{"author":"ann","text":"\xed\xa0\x80"}', 'latin1'),
    '{"author":"ann","text":"\\ud800"}',
    '{"author":"ann","text":"a\\udc00b"}',
  ];
  for (const body of invalid) {
    assertProblem(await room.post('post', body), 400, 'invalid-argument');
  }
  assert.deepEqual(await room.read('history'), []);
});

test('Any Unicode text comes back as it was', async () => {
  const room = fresh('chat-room');
  const texts = ['\u0000 nul', 'a\u2028b', '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩‍👩‍👧‍👦', 'עברית العربية', '</script>', '\u{10ffff}', 'e\u0301', '"\\/\b\f\n\r\t'];
  for (const text of texts) {
    assert.equal((await room.call('post', ['ann', text])).text, text);
  }
  assert.deepEqual((await room.read('history')).map((message) => message.text), texts);
});

test('A body of another type is 415', async () => {
  const counter = fresh('counter');
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'nonsense']) {
    assertProblem(await counter.post('increment', '{"by":1}', { 'content-type': type }), 415, 'unsupported-media-type');
  }
  assert.equal(await counter.call('increment', '{"by":1}', { 'content-type': 'application/problem+json' }), 1);
});

test('A body over 4 MiB is 413, announced or not', async () => {
  const counter = fresh('counter');
  const body = `{"by":1${' '.repeat(4 * 1024 * 1024)}}`;
  assertProblem(await counter.post('increment', body), 413, 'too-large', '4,194,304');
  assertProblem(await counter.post('increment', body, { 'transfer-encoding': 'chunked' }), 413, 'too-large', '4,194,304');
  assert.equal(await counter.read('get'), 0);
});

test('A one-way call is accepted at once, and its effect comes', async () => {
  const counter = fresh('counter');
  const answer = await client.post(`${counter.path}/increment?oneway=true`, { by: 3 });
  assert.equal(answer.status, 202);
  assert.equal(answer.text, '');
  await until('the counter is at 3', async () => (await counter.read('get')) === 3);
});

test('A one-way call with bad arguments or of an unknown method is refused all the same', async () => {
  const counter = fresh('counter');
  assertProblem(await client.post(`${counter.path}/explode?oneway=true`), 404, 'unknown-method');
  assertProblem(await client.post(`${counter.path}/increment?oneway=perhaps`), 400, 'invalid-argument', "'oneway'");
});

test('A call that fails leaves nothing', async () => {
  const name = freshName();
  assertProblem(await client.object('counter', name).post('increment', { by: 'x' }), 400, 'invalid-argument');
  assertProblem(await client.object('counter', name).describe(), 404, 'unknown-object');
});

test('Objects of one name in different classes have nothing to do with each other', async () => {
  const name = freshName();
  await client.object('counter', name).call('increment');
  assert.deepEqual(await client.object('chat-room', name).read('history'), []);
});
