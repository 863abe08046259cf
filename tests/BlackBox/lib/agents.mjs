// Agents as a host asks them by HTTP, and the settings that tell it of them.

import { createServer } from 'node:http';

/**
 * The environment of a host with the agents `writer` (3 tasks at once), `single` (one) and `flaky`, on a port of this machine, and `demo`, which is
 * the one of docs/objects/agent-orchestrator.md, on another.
 */
export function agentSettings(port, demo = port) {
  const all = {};
  const set = (agent, settings) => {
    for (const [name, value] of Object.entries(settings)) {
      all[`Agents__${agent}__${name}`] = `${value}`;
    }
  };
  const fast = { FirstDelay: '00:00:00.05', MaxDelay: '00:00:00.2', Timeout: '00:00:10' };
  set('writer', { ...fast, Url: `http://127.0.0.1:${port}/writer`, MaxConcurrency: 3, Headers__Authorization: 'Bearer of the writer' });
  set('single', { ...fast, Url: `http://127.0.0.1:${port}/single`, MaxConcurrency: 1, MaxAttempts: 2 });
  // A circuit that never opens, since what fails here is meant to.
  set('flaky', { ...fast, Url: `http://127.0.0.1:${port}/flaky`, MaxConcurrency: 3, MaxAttempts: 60, MinimumThroughput: 100000 });
  set('demo', { Url: `http://127.0.0.1:${demo}/`, MaxConcurrency: 2 });
  return all;
}

/** What tasks are posted to. It answers as `answer` says: a status or { status, body }, after whatever it waits for; undefined is a reset. */
export class AgentServer {
  /** Every request, in order: { agent, plan, task, attempt, input, outputs, headers }. */
  requests = [];
  answer = ({ task }) => ({ status: 200, body: `did ${task}` });
  #busy = new Map();
  /** The most requests at once that an agent had of a group, which is what comes before the first slash of a plan's id. */
  most = new Map();

  static async start(port) {
    const agents = new AgentServer();
    const server = createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => agents.#take(request, JSON.parse(Buffer.concat(chunks).toString('utf8')), response));
    });
    await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    agents.stop = () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    return agents;
  }

  /** What came for a plan, in order. */
  of(plan) {
    return this.requests.filter((one) => one.plan === plan);
  }

  /** How many requests an agent has of a group now. */
  busy(agent, group) {
    return this.#busy.get(`${agent} ${group}`) ?? 0;
  }

  async #take(request, body, response) {
    const one = { ...body, headers: request.headers };
    this.requests.push(one);
    const key = `${one.agent} ${one.plan.split('/')[0]}`;
    this.#busy.set(key, (this.#busy.get(key) ?? 0) + 1);
    this.most.set(key, Math.max(this.most.get(key) ?? 0, this.#busy.get(key)));
    let isOver = false;
    const over = () => {
      if (!isOver) {
        isOver = true;
        this.#busy.set(key, this.#busy.get(key) - 1);
      }
    };
    // A host that died, or gave up, has no request any more.
    response.on('close', over);
    const answer = await this.answer(one);
    over();
    if (answer === undefined) {
      request.socket.destroy();
      return;
    }
    const { status, body: output } = typeof answer === 'number' ? { status: answer } : answer;
    response.writeHead(status, { 'content-type': 'application/json' }).end(output === undefined ? '' : JSON.stringify(output));
  }
}
