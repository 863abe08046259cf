// The object class agent-session over HTTP and sockets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listener } from '../lib/listener.mjs';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

const say = (session, content, rest = {}) => session.call('append', { role: 'user', content, ...rest });

const tabOf = (session, tab) =>
  Listener.connect('agent-session', session.key, ['session', 'changed', 'appended', 'shortened'], { query: { tab } });

test('A conversation has roles, tools, pages, and a context for the model', async () => {
  const session = fresh('agent-session');
  await session.call('append', { role: 'system', content: 'Be brief.', tokens: 10 });
  await say(session, 'Wetter in Köln?', { tokens: 10 });
  await session.call('append', { role: 'assistant', toolCalls: [{ id: 'c1', function: 'weather' }], tokens: 10 });
  await session.call('append', { role: 'tool', content: { celsius: 21 }, toolCallId: 'c1', tokens: 10 });
  const last = await session.call('append', { role: 'assistant', content: '21 °C.' });
  assert.deepEqual([last.id, last.role, last.content, last.tokens], [5, 'assistant', '21 °C.', 2]);
  const all = await session.read('messages');
  assert.deepEqual(all.map(({ role }) => role), ['system', 'user', 'assistant', 'tool', 'assistant']);
  assert.deepEqual(all[3].content, { celsius: 21 });
  assert.deepEqual((await session.read('messages', { limit: 2, before: 4 })).map(({ id }) => id), [2, 3]);
  const context = await session.read('context', { tokenBudget: 31 });
  assert.deepEqual([context.messages.map(({ id }) => id), context.tokens, context.omitted], [[1, 5], 12, 3]);
  assert.equal((await session.read('context')).messages.length, 5);
});

test('Past its budget a conversation loses its oldest messages', async () => {
  const session = fresh('agent-session');
  await session.call('configure', { tokenBudget: 50, keepNewest: 2 });
  for (let i = 0; i < 8; i++) {
    await say(session, `m${i}`, { tokens: 10 });
  }
  assert.deepEqual((await session.read('messages')).map(({ content }) => content), ['m3', 'm4', 'm5', 'm6', 'm7']);
  assert.equal((await session.read('status')).trimmed, 3);
});

test('Or they are summarized, while it goes on', async () => {
  const session = fresh('agent-session');
  await session.call('configure', { tokenBudget: 400, whenExceeded: 'summarize', keepNewest: 2 });
  for (let i = 0; i < 8; i++) {
    await say(session, `This is message ${i}.`, { tokens: i < 7 ? 50 : 100 });
  }
  await say(session, 'And one more.');
  const summary = await until('there is a summary', async () => (await session.read('changes')).summary);
  const { messages } = await session.read('context');
  assert.match(summary.text, /^user: This is message 0\.\n[^]*user: This is message 5\.$/m);
  assert.equal(messages[0].content, summary.text);
  assert.equal(messages[0].role, 'system');
  // Nothing is lost: what is not in the summary is there.
  assert.deepEqual(messages.slice(1).map(({ content }) => content).slice(-2), ['This is message 7.', 'And one more.']);
  const status = await session.read('status');
  assert.equal(status.summarized + status.messages, 9);
  assert.equal(status.summaryError, null);
});

test('Of many tabs that write a document at once from the same version one wins, and the others see its version', async () => {
  const session = fresh('agent-session');
  let version = 0;
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all([...Array(6).keys()].map((tab) =>
      session.post('put', { section: 'ui', value: { tab, round }, expectedVersion: version, tab: `${tab}` })));
    const won = answers.filter(({ status }) => status === 200);
    assert.equal(won.length, 1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      assertProblem(answer, 409, 'version-conflict', `'ui' is at version ${won[0].json.version}, not ${version}`);
    }
    version = won[0].json.version;
    assert.deepEqual((await session.read('get', { section: 'ui' })).value, won[0].json.value);
  }
});

test('Patches of many tabs at once all come in', async () => {
  const session = fresh('agent-session');
  await Promise.all([...Array(10).keys()].map((i) => session.call('patch', { section: 'sync', patch: { [`task${i}`]: i, gone: null } })));
  const { value } = await session.read('get', { section: 'sync' });
  assert.deepEqual(Object.values(value).sort(), [...Array(10).keys()]);
});

test('Tabs hear of every change with versions that follow each other, and one that was away catches up', async () => {
  const session = fresh('agent-session');
  const [one, two] = [await tabOf(session, 'one'), await tabOf(session, 'two')];
  assert.deepEqual(await two.hears('session'), { startedAt: null, version: 0 });
  await session.call('put', { section: 'ui', value: 'dark', expectedVersion: 0, tab: 'one' });
  await say(session, 'hello', { tab: 'two' });
  await one.tell({ section: 'sync', patch: { done: 1 } });
  const document = await two.hears('changed', ({ section }) => section === 'sync');
  assert.deepEqual([document.version, document.value, document.tab], [3, { done: 1 }, 'one']);
  assert.deepEqual(two.heard.filter(({ target }) => target !== 'session').map(({ value }) => value.version), [1, 2, 3]);
  assert.deepEqual(two.all('appended').map(({ message, tab }) => [message.content, tab]), [['hello', 'two']]);
  await assert.rejects(one.tell({ section: 'sync', patch: 1, expectedVersion: 1 }), /version 3, not 1/);

  await two.leave();
  await session.call('patch', { section: 'ui', patch: 'light' });
  await say(session, 'are you there?');
  const { startedAt } = await session.read('status');
  const changes = await session.read('changes', { sinceVersion: 3, startedAt });
  assert.deepEqual([changes.since, changes.version], [3, 5]);
  assert.deepEqual(changes.documents.map(({ section, value }) => [section, value]), [['ui', 'light']]);
  assert.deepEqual(changes.messages.map(({ content }) => content), ['are you there?']);
  const again = await tabOf(session, 'two');
  assert.deepEqual(await again.hears('session'), { startedAt, version: 5 });
  await Promise.all([one.leave(), again.leave()]);
});

test('An idle session ends itself', async () => {
  const session = fresh('agent-session');
  await session.call('configure', { idleSeconds: 1 });
  await say(session, 'hello');
  await until('it is gone', async () => (await session.describe()).status === 404);
  assert.equal((await session.read('status')).startedAt, null);
});

test('What is malformed is 400 and named', async () => {
  const session = fresh('agent-session');
  const refused = async (method, args, ...says) => assertProblem(await session.post(method, args), 400, 'invalid-argument', ...says);
  await refused('append', { role: 'boss', content: 'x' }, "'role'");
  await refused('append', { role: 'user' }, "'content'");
  await refused('append', { role: 'tool', content: 'x' }, "'toolCallId'");
  await refused('append', { role: 'user', content: 'x'.repeat(131_072) }, "'content'", '131,072');
  await refused('put', { section: 'ui', value: 1 }, "'expectedVersion'");
  await refused('put', { section: '', value: 1, expectedVersion: 0 }, "'section'");
  await refused('put', { section: 'ui', value: 'x'.repeat(65_536), expectedVersion: 0 }, "'value'", '65,536');
  await refused('patch', '{"section":"ui","patch":{"a":"\\ud800"}}', "'patch'");
  await refused('patch', { section: 'ui', patch: JSON.parse(`${'['.repeat(33)}${']'.repeat(33)}`) }, '32 levels');
  await refused('configure', { whenExceeded: 'summarize' }, "'tokenBudget'");
  assertProblem(await session.post('append', { role: 'user', content: 'x', after: 7 }), 409, 'version-conflict', '0, not 7');
  await assert.rejects(async () => {
    const listener = new Listener('agent-session', session.key, []);
    await listener.connection.start();
    throw await listener.closed;
  }, /tab=/);
  assertProblem(await session.describe(), 404, 'unknown-object');
});
