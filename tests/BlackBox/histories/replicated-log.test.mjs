// What clients see of a replicated log whose host is killed, whose followers are isolated and whose leader loses everything: one log, of
// which the committed part only grows.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { MortalHost, assertLinearizable, crashingWhile, random, record } from '../lib/history.mjs';
import { until } from '../lib/until.mjs';

// The committed part of the log: the ids of its entries. An append happens when its entry becomes committed.
const log = {
  initial: [],
  step: (state, { input, output }) => {
    if (input.append !== undefined) {
      return output === undefined || output === state.length + 1 ? [[...state, input.append]] : [];
    }
    const shown = state.slice(input.from - 1, input.from + 99);
    return output === undefined || (output.committed === state.length && output.ids.join() === shown.join()) ? [state] : [];
  },
};

/** Asks whichever process runs, until one answers. */
async function persistently(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!/ECONN|EPIPE|hang up/.test(`${error.code} ${error.message}`)) {
        throw error;
      }
      await sleep(5);
    }
  }
}

const followers = [1, 2, 3];
const isolate = (host, number, isolated) =>
  persistently(async () => (await host.object('log-follower', `log:${number}`)).call('isolate', { isolated }));
const statusOf = (host) => persistently(async () => (await host.object('replicated-log', 'log')).read('status'));

async function assertInStep(host) {
  const page = (one, from) => persistently(async () => (await one()).read('read', { from }));
  await until('every follower has the leader\'s log', async () => {
    const { last } = await statusOf(host);
    const all = await Promise.all(followers.map((number) => persistently(async () => (await host.object('log-follower', `log:${number}`)).read('status'))));
    return all.every((one) => one.last === last && one.committed === last);
  }, 10_000);
  for (let from = 1; from; ) {
    const leader = await page(() => host.object('replicated-log', 'log'), from);
    for (const number of followers) {
      assert.deepEqual(await page(() => host.object('log-follower', `log:${number}`), from), leader, `follower ${number}`);
    }
    from = leader.next;
  }
}

test('What is committed stays, whatever dies, while a majority of the followers can be reached', async (t) => {
  const Clients = 5;
  const Operations = 30;
  const Crashes = 3;
  const host = await MortalHost.start(t);
  const { below, of } = random(20_300_101);
  let done = 0;
  let isOver = false;
  let losses = 0;
  let stalled;

  // A leader that has lost its storage is told so, and is not read until it has it back.
  let reads = 0;
  let gate;
  let isClosed = false;
  const loseTheLeader = async (after = async () => {}) => {
    let open;
    gate = new Promise((resolve) => (open = resolve));
    isClosed = true;
    await until('nobody reads', () => reads === 0);
    const leader = () => host.object('replicated-log', 'log');
    try {
      await persistently(async () => assert.ok([204, 404].includes((await (await leader()).delete()).status)));
      await after();
      await persistently(async () => (await leader()).call('recover'));
      const isBack = async () => (await statusOf(host)).state !== 'recovering';
      await until('the leader has its log back', isBack, 2_000).catch(async () => {
        // Two answers may not be enough to tell what is committed.
        await Promise.all(followers.map((number) => isolate(host, number, false)));
        await until('the leader has its log back', isBack, 5_000);
      });
      losses++;
    } finally {
      isClosed = false;
      open();
    }
  };

  const running = record({
    clients: Clients,
    operations: Operations,
    repeats: true,
    ask: (client, number) => {
      if (below(2) === 0) {
        const id = `${client}-${number}`;
        return {
          input: { append: id },
          call: async () => {
            const one = await host.object('replicated-log', 'log');
            for (const end = Date.now() + 20_000; ; ) {
              assert.ok(Date.now() < end, `${id} is not committed after 20 s`);
              const answer = await one.post('append', { data: { by: client }, id });
              if (answer.status === 200 && answer.json.state === 'committed') {
                done++;
                return answer.json.index;
              }
              assert.ok(answer.status === 200 || answer.status === 503, answer.text);
              await sleep(2);
            }
          },
        };
      }
      const from = 1 + below(10);
      return {
        input: { from },
        call: async () => {
          // In one step with what lets it go, so that nobody closes the gate in between.
          while (isClosed) {
            await gate;
          }
          reads++;
          try {
            for (const end = Date.now() + 10_000; ; ) {
              const answer = await (await host.object('replicated-log', 'log')).get('read', { from });
              if (answer.status === 200) {
                done++;
                return { committed: answer.json.committed, ids: answer.json.entries.map((entry) => entry.id) };
              }
              assert.ok(answer.status === 503 && Date.now() < end, answer.text);
              await sleep(2);
            }
          } finally {
            reads--;
          }
        },
      };
    },
  });
  const injuring = (async () => {
    for (let round = 0; !isOver; round++) {
      const away = of(followers);
      const others = followers.filter((number) => number !== away);
      const all = (numbers, isolated) => Promise.all(numbers.map((number) => isolate(host, number, isolated)));
      if (round % 3 === 1) {
        // What one follower alone has got is lost with the leader, and was never committed.
        await all(others, true);
        await sleep(20 + below(20));
        await isolate(host, away, true);
        await loseTheLeader(() => all(others, false));
      } else {
        await isolate(host, away, true);
        await sleep(5 + below(40));
        if (round % 3 === 2) {
          await loseTheLeader();
        }
      }
      await isolate(host, away, false);
      // Until it is back, another one away would be a majority.
      await until('the follower has caught up', async () => {
        const { last, followers: known } = await statusOf(host);
        return isOver || known.find((one) => one.number === away)?.matched >= last - Clients;
      }, 5_000);
    }
  })().catch((error) => (stalled = error));
  const history = await crashingWhile(host, Crashes, running, () => done, Clients * Operations).finally(() => (isOver = true));
  await injuring;

  assertLinearizable(history, log);
  assert.ifError(stalled);
  await assertInStep(host);
  assert.ok(losses > 0, 'the leader never lost anything');
  t.diagnostic(`${history.length} operations, ${Crashes} crashes, ${losses} losses of the leader`);
});

test('A majority that cannot be reached is reported, over a crash as well, and the log goes on when it is back', async (t) => {
  const host = await MortalHost.start(t);
  const leader = () => host.object('replicated-log', 'log');
  const append = async (id) => (await leader()).post('append', { data: id, id });
  await (await leader()).call('configure', { unavailableAfterSeconds: 0.3 });
  await append('a');
  await until('it is committed', async () => (await statusOf(host)).committed === 1);
  await Promise.all([isolate(host, 1, true), isolate(host, 2, true)]);
  assert.equal((await append('b')).json.state, 'pending');
  await until('it is unavailable', async () => (await statusOf(host)).state === 'unavailable');
  await host.crash();

  const refused = await append('c');
  assert.deepEqual([refused.status, refused.json.code, refused.json.retryable], [503, 'log-unavailable', true]);
  assert.equal((await append('b')).json.state, 'pending');
  assert.deepEqual((await (await leader()).read('read')).entries.map((one) => one.id), ['a']);
  assert.deepEqual((await (await leader()).read('read', { consistency: 'latest' })).entries.map((one) => one.id), ['a', 'b']);

  await isolate(host, 2, false);
  await until('it goes on', async () => (await append('b')).json.state === 'committed');
  assert.equal((await append('c')).json.index, 3);
  await isolate(host, 1, false);
  await assertInStep(host);
});
