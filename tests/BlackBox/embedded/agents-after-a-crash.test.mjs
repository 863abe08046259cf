// A plan's tasks are workflows and their outputs are in the orchestrator's storage, so a kill -9 in the midst of it loses and repeats nothing
// that was noted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentServer, agentSettings } from '../lib/agents.mjs';
import { dataFolder, freePort, Host } from '../lib/host.mjs';
import { until } from '../lib/until.mjs';

test('Plans end right over four crashes in the midst of them, and no output that was noted is asked for again', async (t) => {
  const folder = await dataFolder(t);
  const port = await freePort();
  const agents = await AgentServer.start(port);
  t.after(() => agents.stop());
  let turn = 0;
  agents.answer = async ({ task }) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return [{ status: 200, body: `${task} by ${turn}` }, 503, { status: 200, body: `${task} by ${turn}` }, undefined][turn++ % 4];
  };
  const environment = agentSettings(port);
  let host = await Host.start(t, folder, { environment });
  const [Plans, Tasks] = [4, 15];
  const idOf = (plan) => `crash/${plan}`;
  for (let plan = 0; plan < Plans; plan++) {
    await host.object('agent-orchestrator', 'crew').call('submit', {
      planId: idOf(plan),
      tasks: [...Array(Tasks).keys()].map((i) => ({ id: `${i}`, agent: 'flaky', dependsOn: i < 3 ? [] : [`${i - 3}`, `${i - 2}`] })),
    });
  }
  const all = async () => Promise.all(
    [...Array(Plans).keys()].map((plan) => host.object('agent-orchestrator', 'crew').read('status', { planId: idOf(plan) })));
  const noted = new Map();
  const note = async () => {
    for (const { id, tasks } of await all()) {
      for (const task of tasks.filter(({ state }) => state === 'succeeded')) {
        const known = noted.get(`${id} ${task.id}`) ?? task.output;
        assert.equal(task.output, known, 'an output stays what it was');
        noted.set(`${id} ${task.id}`, known);
      }
    }
    return noted.size;
  };
  const known = [];
  for (let crash = 1; crash <= 4; crash++) {
    await until('some more is done', async () => (await note()) >= crash * 10);
    known.push({ done: new Set(noted.keys()), from: agents.requests.length });
    await host.kill();
    host = await Host.start(t, folder, { environment });
  }
  await until('all plans have ended', async () => (await all()).every(({ state }) => state !== 'running'), 60_000);
  await note();
  assert.equal(noted.size, Plans * Tasks);
  assert.deepEqual((await all()).map(({ state }) => state), Array(Plans).fill('succeeded'));
  for (const { done, from } of known) {
    // What was done before the crash was asked for before it.
    assert.deepEqual(agents.requests.slice(from).filter(({ plan, task }) => done.has(`${plan} ${task}`)), []);
  }
  for (const { plan, outputs } of agents.requests) {
    for (const [id, output] of Object.entries(outputs)) {
      assert.equal(output, noted.get(`${plan} ${id}`));
    }
  }
  assert.ok(agents.most.get('flaky crash') <= 3, `${agents.most.get('flaky crash')} at once`);
});
