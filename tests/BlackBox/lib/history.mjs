// Records what clients asked of an object at once and what they were answered, while its host may be killed again and again.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Host, dataFolder } from './host.mjs';
import { linearize } from './linearizability.mjs';

/** Numbers that are the same for the same seed (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (count) => Math.floor(next() * count);
  return { next, below, of: (list) => list[below(list.length)] };
}

/**
 * A host that dies. `object` is always of the process that runs; `crash` kills it at once and starts another on the same folder.
 */
export class MortalHost {
  #folder;
  #t;
  #host;

  static async start(t, options = {}) {
    const mortal = new MortalHost();
    mortal.#t = t;
    mortal.options = options;
    mortal.#folder = await dataFolder(t);
    mortal.#host = Host.start(t, mortal.#folder, options);
    await mortal.#host;
    return mortal;
  }

  async object(className, key) {
    return (await this.#host).object(className, key);
  }

  get url() {
    return this.#host.then(({ url }) => url);
  }

  async crash() {
    const old = await this.#host;
    this.#host = old.kill().then(() => Host.start(this.#t, this.#folder, this.options));
    await this.#host;
  }
}

/**
 * Has `clients` clients at once do `operations` operations each. `ask(client, number)` gives { input, call } where `call(attempt)` sends the
 * operation and gives its output; `attempt` is 0 at first, and the same `key`, for an Idempotency-Key, goes with every attempt.
 * With `repeats` an operation whose host died is sent again with its key until it is answered; without, nobody learns its outcome: its
 * `end` is Infinity, and `lost` is when its connection was, after which a process that died can no longer have done it.
 * `pause()` gives the milliseconds that a client waits before an operation.
 */
export async function record({ clients, operations, ask, repeats = false, pause = () => 0 }) {
  const history = [];
  await Promise.all(Array.from({ length: clients }, async (_, client) => {
    for (let number = 0; number < operations; number++) {
      await new Promise((resolve) => setTimeout(resolve, pause()));
      const { input, call } = ask(client, number);
      const operation = { client, input, output: undefined, start: Date.now(), end: Infinity };
      history.push(operation);
      const key = randomUUID();
      for (let attempt = 0; operation.end === Infinity; attempt++) {
        try {
          operation.output = await call(key, attempt);
          operation.end = Date.now();
        } catch (error) {
          if (!isLostConnection(error)) {
            throw error;
          }
          if (!repeats) {
            operation.lost = Date.now();
            break;
          }
        }
      }
    }
  }));
  return history;
}

/** Kills the host `times` times while something runs, each time when about as much more of it has been done as the time before. */
export async function crashingWhile(host, times, running, progress, total) {
  let isOver = false;
  const end = running.finally(() => (isOver = true));
  for (let crash = 1; crash <= times && !isOver; crash++) {
    while (!isOver && progress() < (crash * total) / (times + 1)) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (!isOver) {
      await host.crash();
    }
  }
  return end;
}

/** Checks that a history can be explained by the model, and shows where it cannot. */
export function assertLinearizable(history, model) {
  const { isLinearizable, longest, stuck } = linearize(history, model);
  const lines = (operations) => operations.map((one) => JSON.stringify(one)).join('\n');
  assert.ok(
    isLinearizable,
    `${longest.length} of ${history.length} operations can be put in order. The last ten of them:\n${lines(longest.slice(-10))}\nNone of these can follow:\n${lines(stuck)}`);
}

const isLostConnection = (error) => /ECONNRESET|ECONNREFUSED|EPIPE|socket hang up/.test(`${error.code} ${error.message}`);
