// The object class agent-orchestrator, over HTTP and sockets, with agents that are a server in this process. The host must have been
// started with the agents of lib/agents.mjs, as run.mjs does.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AgentServer } from '../lib/agents.mjs';
import { Listener } from '../lib/listener.mjs';
import { fresh, freshName } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

const port = process.env.AGENT_PORT;

const task = (id, agent, rest = {}) => ({ id, agent, ...rest });

describe('agent-orchestrator', { skip: port === undefined && 'the host has no agents' }, () => {
  let agents;
  // One server for all tests, since the host knows one port; a test's plans begin with its own word.
  const answers = new Map();

  before(async () => {
    agents = await AgentServer.start(Number(port));
    const otherwise = agents.answer;
    agents.answer = (request) => (answers.get(request.plan.split('/')[0]) ?? otherwise)(request);
  });

  after(() => agents.stop());

  const statusOf = (crew, planId, query = {}) => crew.read('status', { planId, ...query });
  const ended = (crew, planId) => until(`${planId} has ended`, async () => {
    const status = await statusOf(crew, planId);
    return status.state !== 'running' && status;
  });
  const statesOf = (status) => Object.fromEntries(status.tasks.map(({ id, state }) => [id, state]));

  test('Tasks run side by side after those that they depend on, and get their outputs', async () => {
    const crew = fresh('agent-orchestrator');
    const word = freshName('diamond');
    let both;
    const together = new Promise((resolve) => (both = resolve));
    answers.set(word, async (request) => {
      if (request.task === 'b' || request.task === 'c') {
        if (agents.busy('writer', word) === 2) {
          both();
        }
        await together;
      }
      return { status: 200, body: { by: request.task, of: Object.keys(request.outputs).sort() } };
    });
    const plan = await crew.call('submit', {
      planId: word,
      tasks: [
        task('a', 'writer', { input: { topic: 'é' } }), task('b', 'writer', { dependsOn: ['a'] }), task('c', 'writer', { dependsOn: ['a'] }),
        task('d', 'single', { dependsOn: ['b', 'c'] }),
      ],
    });
    assert.equal(plan.id, word);
    assert.equal(plan.state, 'running');
    const status = await ended(crew, word);
    assert.equal(status.state, 'succeeded');
    assert.deepEqual(status.tasks.map(({ output }) => output), [
      { by: 'a', of: [] }, { by: 'b', of: ['a'] }, { by: 'c', of: ['a'] }, { by: 'd', of: ['b', 'c'] },
    ]);
    for (const { attempts, startedAt, endedAt, error } of status.tasks) {
      assert.equal(attempts, 1);
      assert.ok(startedAt <= endedAt);
      assert.equal(error, null);
    }
    const [first] = agents.of(word);
    assert.deepEqual(first.input, { topic: 'é' });
    assert.equal(first.headers.authorization, 'Bearer of the writer');
    assert.ok(first.headers['idempotency-key']);
    assert.deepEqual(agents.of(word).at(-1).outputs, { b: { by: 'b', of: ['a'] }, c: { by: 'c', of: ['a'] } });
  });

  test('An agent that fails at random is asked again, and never has more of one orchestrator at once than it may', async () => {
    const crew = fresh('agent-orchestrator');
    const word = freshName('flaky');
    let turn = 0;
    answers.set(word, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return [200, 503, undefined, 200, 429][turn++ % 5];
    });
    const ids = [0, 1, 2].map((i) => `${word}/${i}`);
    await Promise.all(ids.map((planId) => crew.call('submit', {
      planId, tasks: [...Array(6).keys()].map((i) => task(`${i}`, 'flaky', i < 3 ? {} : { dependsOn: [`${i - 3}`] })),
    })));
    for (const id of ids) {
      assert.equal((await ended(crew, id)).state, 'succeeded');
    }
    assert.ok(agents.most.get(`flaky ${word}`) <= 3, `${agents.most.get(`flaky ${word}`)} at once`);
    const keys = new Map();
    for (const { plan, task: id, attempt, headers } of ids.flatMap((planId) => agents.of(planId))) {
      const all = keys.get(`${plan} ${id}`) ?? keys.set(`${plan} ${id}`, { keys: new Set(), attempts: [] }).get(`${plan} ${id}`);
      all.keys.add(headers['idempotency-key']);
      all.attempts.push(attempt);
    }
    assert.equal(keys.size, 18);
    for (const { keys: some, attempts } of keys.values()) {
      assert.equal(some.size, 1);
      assert.deepEqual(attempts, attempts.map((_, i) => i + 1));
    }
  });

  test('A failure skips what has not begun; a plan that continues skips only what depends on it', async () => {
    const crew = fresh('agent-orchestrator');
    const word = freshName('fails');
    answers.set(word, ({ task: id }) => (id === 'bad' ? 400 : 200));
    const tasks = [task('bad', 'writer'), task('after', 'writer', { dependsOn: ['bad'] }), task('last', 'writer', { dependsOn: ['after'] })];
    await crew.call('submit', { planId: `${word}/stop`, tasks });
    const stopped = await ended(crew, `${word}/stop`);
    assert.equal(stopped.state, 'failed');
    assert.deepEqual(statesOf(stopped), { bad: 'failed', after: 'skipped', last: 'skipped' });
    assert.equal(stopped.tasks[0].error, 'agent-refused: The agent answered 400.');
    await crew.call('submit', {
      planId: `${word}/on`, continueOnFailure: true, tasks: [...tasks, task('good', 'writer'), task('next', 'writer', { dependsOn: ['good'] })],
    });
    const went = await ended(crew, `${word}/on`);
    assert.equal(went.state, 'failed');
    assert.deepEqual(statesOf(went), { bad: 'failed', after: 'skipped', last: 'skipped', good: 'succeeded', next: 'succeeded' });
  });

  test('A plan and a task are cancelled, and what an agent was at work on keeps its place until it is done', async () => {
    const crew = fresh('agent-orchestrator');
    const word = freshName('cancel');
    let release;
    const held = new Promise((resolve) => (release = resolve));
    answers.set(word, async ({ plan }) => {
      if (plan.endsWith('/first')) {
        await held;
      }
      return 200;
    });
    await crew.call('submit', { planId: `${word}/first`, tasks: [task('a', 'single'), task('b', 'single'), task('c', 'writer', { dependsOn: ['a'] })] });
    await until('the agent is at work', () => agents.of(`${word}/first`).length === 1);
    assert.equal(await crew.call('cancel', { planId: `${word}/first` }), true);
    assert.equal(await crew.call('cancel', { planId: `${word}/first` }), false);
    const cancelled = await statusOf(crew, `${word}/first`);
    assert.equal(cancelled.state, 'cancelled');
    assert.deepEqual(statesOf(cancelled), { a: 'cancelled', b: 'cancelled', c: 'cancelled' });
    await crew.call('submit', { planId: `${word}/second`, tasks: [task('x', 'single'), task('y', 'single', { dependsOn: ['x'] })] });
    assert.equal((await statusOf(crew, `${word}/second`)).tasks[0].state, 'ready');
    assert.equal(await crew.call('cancelTask', { planId: `${word}/second`, taskId: 'y' }), true);
    release();
    await until('x has succeeded', async () => (await statusOf(crew, `${word}/second`)).tasks[0].state === 'succeeded' || (await statusOf(crew, `${word}/second`)).state === 'failed');
    assert.equal((await statusOf(crew, `${word}/first`)).tasks[0].output, null);
    assert.equal(agents.of(`${word}/first`).length, 1);
  });

  test('Progress is heard in order, of one plan or of all', async () => {
    const crew = fresh('agent-orchestrator');
    const word = freshName('heard');
    let go;
    const started = new Promise((resolve) => (go = resolve));
    answers.set(word, async () => {
      await started;
      return 200;
    });
    const all = await Listener.connect('agent-orchestrator', crew.key, ['plans', 'progress']);
    assert.deepEqual(await all.hears('plans'), []);
    await crew.call('submit', { planId: word, tasks: [task('a', 'writer'), task('b', 'writer', { dependsOn: ['a'] })] });
    const one = await Listener.connect('agent-orchestrator', crew.key, ['status', 'progress'], { query: { plan: word } });
    assert.equal((await one.hears('status')).id, word);
    go();
    for (const listener of [one, all]) {
      await listener.hears('progress', ({ state }) => state === 'succeeded');
      const revisions = listener.all('progress').map(({ revision }) => revision);
      assert.deepEqual(revisions, [...revisions].sort((a, b) => a - b));
      const last = listener.all('progress').at(-1);
      assert.deepEqual(last.counts, { succeeded: 2 });
      assert.equal(last.plan, word);
    }
    const ofA = all.all('progress').flatMap(({ changed }) => changed).filter(({ id }) => id === 'a').map(({ state }) => state);
    assert.deepEqual([...new Set(ofA)], ['running', 'succeeded']);
    await Promise.all([one.leave(), all.leave()]);
  });

  test('Malformed plans are 400 and say what is wrong; unknown ones 404, known ones 409', async () => {
    const crew = fresh('agent-orchestrator');
    const refused = async (tasks, ...says) => assertProblem(await crew.post('submit', { tasks }), 400, 'invalid-argument', ...says);
    await refused([], "'tasks'");
    await refused([task('a', 'writer'), task('a', 'writer')], "'a' twice");
    await refused([task('a', 'nobody')], "'nobody'", 'writer');
    await refused([task('a', 'http://127.0.0.1:9/')], 'not configured');
    await refused([task('a', 'writer', { dependsOn: ['z'] })], "'z'");
    await refused([task('a', 'writer', { dependsOn: ['b'] }), task('b', 'writer', { dependsOn: ['a'] })], 'a → b → a');
    await refused([task('a', 'writer', { timeoutSeconds: -1 })], "'timeoutSeconds'");
    await refused([task('a', 'writer', { retry: { maxAttempts: 0 } })], "'maxAttempts'");
    assertProblem(await crew.get('status', { planId: 'x' }), 404, 'unknown-plan', "'x'");
    assertProblem(await crew.post('cancel', { planId: 'x' }), 404, 'unknown-plan');
    const planId = freshName('known');
    await crew.call('submit', { planId, tasks: [task('a', 'writer')] });
    assertProblem(await crew.post('submit', { planId, tasks: [task('a', 'writer')] }), 409, 'plan-exists');
    assertProblem(await crew.post('cancelTask', { planId, taskId: 'x' }), 404, 'unknown-task');
    await ended(crew, planId);
    const [{ id, state, tasks }] = await crew.read('list', { state: 'succeeded' });
    assert.deepEqual([id, state, tasks], [planId, 'succeeded', { succeeded: 1 }]);
    assert.deepEqual(await crew.read('list', { before: planId }), []);
  });
});
