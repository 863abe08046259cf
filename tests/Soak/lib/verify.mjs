// Looks at every object of a generation and compares it with its record.

import { answerOf } from '../load/answers.mjs';
import { Retention } from './host.mjs';

const AtOnce = 8;
const Pause = 10;
const Patience = 20_000;

/** The host was killed while it was being looked at. */
export class HostGone extends Error {}

/** What is wrong with a generation. `settle` waits until signals, alarms and the ends of sockets have come about, or patience ends. */
export async function verify(generation, client, { settle, hasRestores }) {
  const faults = await look(generation, client, hasRestores, false);
  if (!settle || faults.length > 0) {
    return faults;
  }
  const end = Date.now() + Patience;
  while (generation.unsettled(Date.now()).length > 0) {
    if (Date.now() > end) {
      return generation.unsettled(Date.now()).map((what) => `waited ${Patience / 1000} s in vain: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, Pause));
    faults.push(...await look(generation, client, hasRestores, false));
    if (faults.length > 0) {
      return faults;
    }
  }
  return look({ ...nothing, ledgers: generation.ledgers, transfers: generation.transfers }, client, hasRestores, true);
}

const nothing = { ledgers: [], bells: [], counters: [], rooms: [], vaults: [], briefs: [], transfers: [] };

async function look({ ledgers, bells, counters, rooms, vaults, briefs, transfers }, client, hasRestores, isSettled) {
  const faults = [];
  const read = async (className, name, method, query) => {
    const answer = await answerOf(client.object(className, name).get(method, query));
    if (answer === undefined) {
      throw new HostGone();
    }
    if (answer.status !== 200) {
      throw new Error(`${className} ${name} answered ${answer.status} to ${method}: ${answer.text}`);
    }
    return answer.json;
  };
  const points = async (record) => {
    if (!hasRestores) {
      return [];
    }
    const answer = await answerOf(client.get(`${client.object('vault', record.name).path}/recovery-points`));
    if (answer === undefined) {
      throw new HostGone();
    }
    return answer.json?.items ?? [];
  };
  const exists = async (name) => {
    const answer = await answerOf(client.object('counter', name).describe());
    if (answer === undefined) {
      throw new HostGone();
    }
    return answer.status === 200;
  };
  const workflow = async (id) => {
    const answer = await answerOf(client.get(`/api/workflows/${id}`));
    if (answer === undefined) {
      throw new HostGone();
    }
    if (answer.status !== 200 && answer.json?.code !== 'unknown-workflow') {
      throw new Error(`the workflow ${id} answered ${answer.status}: ${answer.text}`);
    }
    return answer.status === 200 ? answer.json : undefined;
  };
  const tasks = [
    ...ledgers.map((one) => async () => one.absorb(await read('ledger', one.name, 'log', one.seen), isSettled)),
    ...bells.map((one) => async () => one.absorb(await read('bell', one.name, 'log', one.seen))),
    ...counters.map((one) => async () => one.absorb(await read('counter', one.name, 'get'))),
    ...rooms.map((one) => async () => one.absorb(await read('room', one.name, 'log', one.seen))),
    ...vaults.map((one) => async () => {
      one.forget(Date.now() - Retention / 2);
      const content = await read('vault', one.name, 'content');
      return one.absorb(content, await read('tally', one.name, 'log', one.seen), await points(one));
    }),
    ...transfers.map((one) => async () => [
      ...(await Promise.all(one.open().map(async (id) => one.absorb(id, await workflow(id))))).flat(),
      ...(one.isFunded && one.open().length === 0
        ? one.absorbBalances(await read('account', one.from, 'balance', { account: 'all' }), await read('account', one.to, 'balance', { account: 'all' }))
        : []),
    ]),
    ...briefs.map((one) => async () => one.absorb(await read('counter', one.name, 'get'), await exists(one.name))),
  ];
  const work = async () => {
    for (let task = tasks.shift(); task; task = tasks.shift()) {
      try {
        faults.push(...await task());
      } catch (error) {
        if (error instanceof HostGone) {
          throw error;
        }
        faults.push(error.message);
      }
    }
  };
  await Promise.all(Array.from({ length: AtOnce }, work));
  return faults;
}
