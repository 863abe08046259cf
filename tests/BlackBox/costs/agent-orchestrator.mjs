// What of agent-orchestrator is counted on Azure. The host must have been started with the agents of lib/agents.mjs.

import { AgentServer } from '../lib/agents.mjs';

const ended = (one, until, planId) => until('the plan has ended', async () => (await one.read('status', { planId })).state !== 'running');

let agents;

/** The agents, which are started once for however many are prepared. */
async function startAgents(atEnd) {
  if (agents === undefined) {
    agents = await AgentServer.start(Number(process.env.AGENT_PORT));
    atEnd(async () => {
      await agents.stop();
      agents = undefined;
    });
  }
}

const plan = (tasks) => async ({ fresh, until, atEnd }) => {
  await startAgents(atEnd);
  const one = fresh('agent-orchestrator');
  await one.call('submit', { planId: 'first', tasks: [{ id: 'a', agent: 'writer' }] });
  await ended(one, until, 'first');
  return async () => {
    await one.call('submit', { planId: 'second', tasks });
    await ended(one, until, 'second');
  };
};

export const operations = {
  'plan of one task, until it has ended': plan([{ id: 'a', agent: 'writer' }]),
  'plan of ten tasks, each after the one before': plan([...Array(10).keys()].map((i) => (
    { id: `${i}`, agent: 'writer', dependsOn: i === 0 ? [] : [`${i - 1}`] }))),
  'status of a plan of one task': async ({ fresh, until, atEnd }) => {
    await startAgents(atEnd);
    const one = fresh('agent-orchestrator');
    await one.call('submit', { planId: 'p', tasks: [{ id: 'a', agent: 'writer' }] });
    await ended(one, until, 'p');
    return () => one.read('status', { planId: 'p' });
  },
};
