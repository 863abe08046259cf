// Clients that want the same leases at once, and what must hold of what they were told.

import assert from 'node:assert/strict';
import { assertLinearizable, crashingWhile, MortalHost, random, record } from './history.mjs';
import { Listener } from './listener.mjs';
import { kinds } from './lease-kinds.mjs';
import { leaseModel } from './lease-model.mjs';
import { baseUrl } from './target.mjs';
import { until } from './until.mjs';

const Clients = 6;
const Operations = 40;
// Of a host that is not killed, of which the suite has other tests.
const FewOperations = 20;
const Ttls = [50, 80, 120, 200, 300];
const LongestPause = 70;
// The times above are for calls of this many milliseconds; where calls take longer, leases would be over before they are heard of.
const CallTime = 10;
const LaterEachTime = 4;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Histories of some objects on a host that is killed several times meanwhile: of `repeating` seeds by clients that ask again what they have
 * no answer to, of `forgetting` ones by clients that then never learn what became of it.
 */
export async function historiesOfAMortalHost(t, className, { repeating, forgetting, crashes }) {
  const host = await MortalHost.start(t);
  const find = async (key) => host.object(className, key);
  const histories = [
    ...repeating.map((seed) => new LeaseHistory(className, `of seed ${seed}`, { seed, find, repeats: true })),
    ...forgetting.map((seed) => new LeaseHistory(className, `of seed ${seed}`, { seed, find })),
  ];
  const listen = async () => {
    const url = await host.url;
    await Promise.all(histories.map((one) => one.listen({ url })));
  };
  let ready = listen();
  await ready;
  let killed = 0;
  const mortal = {
    crash: async () => {
      // Clients gather and ask all at once, so that the host dies with much under way, some of it done and some not.
      let open;
      ready = new Promise((resolve) => (open = resolve));
      await pause(LongestPause);
      open();
      await pause(LaterEachTime * killed++);
      // Nobody asks again before the sockets are open: what is granted and over meanwhile would be known to nobody.
      ready = host.crash().then(listen);
      await ready;
    },
  };
  const running = Promise.all(histories.map((one) => one.run(() => ready)));
  const done = () => histories.reduce((sum, one) => sum + one.answered, 0);
  await crashingWhile(mortal, crashes, running, done, histories.length * Clients * Operations);
  await Promise.all(histories.map((one) => one.leave()));
  histories.forEach((one) => one.check());
  for (const some of [true, false].map((repeats) => histories.filter((one) => one.repeats === repeats))) {
    assert.ok(some.some((one) => one.lost > 0), 'some operations lose their host under way');
  }
}

/** The same of an object on the host under test, which is not killed. */
export async function historyOnTheHost(one, seed) {
  const slowness = Math.max(1, (await callTime(one)) / CallTime);
  const history = new LeaseHistory(one.className, one.key, { seed, find: async () => one, operations: FewOperations, slowness });
  await history.listen({ url: baseUrl });
  await history.run(async () => {});
  await history.leave();
  history.check();
}

async function callTime(one) {
  const { method, args } = kinds[one.className].ask.cancel({ owner: 'nobody' });
  const times = [];
  for (let i = 0; i < 5; i++) {
    const before = performance.now();
    await one.post(method, args);
    times.push(performance.now() - before);
  }
  return times.sort((a, b) => a - b)[2];
}

class LeaseHistory {
  answered = 0;
  lost = 0;
  #listeners = [];
  #history;

  constructor(className, key, { seed, find, repeats = false, operations = Operations, slowness = 1 }) {
    Object.assign(this, { className, key, seed, find, repeats, operations, slowness, kind: kinds[className] });
    this.owners = Array.from({ length: Clients }, (_, client) => `client ${client}`);
    // What each client knows of itself: its newest token, and the one before.
    this.tokens = this.owners.map(() => [7, 7]);
  }

  async listen(options) {
    const { target, queries } = this.kind.ears;
    const listeners = await Promise.all(queries(this.owners).map((query) =>
      Listener.connect(this.className, this.key, [target], { query, ...options })));
    this.#listeners.push(...listeners);
    // A client is connected before the object has heard of it.
    const one = await this.find(this.key);
    await until(`${this.key} has its sockets`, async () => (await one.describe()).json.sockets === listeners.length);
  }

  async run(ready) {
    const chance = random(this.seed);
    this.#history = await record({
      clients: Clients,
      operations: this.operations,
      repeats: this.repeats,
      pause: () => chance.below(LongestPause) * this.slowness,
      ask: (client) => {
        const input = this.#choose(chance, client);
        return { input, call: (key) => this.#send(client, input, key, ready) };
      },
    });
  }

  /**
   * Waits until every socket has heard what was sent to it: it hears in order, so of a last lease after all others. Without that, the last
   * grants of alarms might be known to nobody.
   */
  async leave() {
    const one = await this.find(this.key);
    const { target, heard } = this.kind.ears;
    const ask = async (input) => {
      const { method, args, read } = this.kind.ask[input.kind](input);
      return read(await one.post(method, args));
    };
    for (const owner of this.owners) {
      const { token } = await until(`${owner} has a last lease`, async () => {
        const output = await ask({ kind: 'acquire', owner, ttl: 60_000, wait: 0, permits: 1, limit: this.kind.limit });
        return output.acquired && output;
      });
      await until(`${owner} hears of it`, () =>
        this.#listeners.some((ear) => ear.all(target).map(heard).some((last) => last.token === token)));
      await ask({ kind: 'release', owner, token });
    }
    await Promise.all(this.#listeners.map((one) => one.leave()));
  }

  check() {
    const { target, heard: read } = this.kind.ears;
    const heard = this.#listeners.flatMap((one) => one.all(target)).map(read).filter(({ token }) => token !== null);
    assertTokensGrow(heard);
    assertNeverTooMany(this.#history, this.kind.limit);
    const told = this.#history.flatMap(({ input, output = {} }) => [
      ...(output.acquired ? [{ owner: input.owner, token: output.token }] : []),
      ...(output.holderToken ? [{ owner: output.holder, token: output.holderToken }] : []),
      ...(output.leases ?? []).map(([owner, token]) => ({ owner, token })),
    ]);
    assert.ok(told.length > this.operations / 2, `clients are told of leases now and then, not ${told.length} times`);
    const ends = this.#history.flatMap(({ output }) => (output?.heldUntil > 0 ? [output.heldUntil] : []));
    assertLinearizable(this.#history, leaseModel([...heard, ...told], ends));
  }

  #choose(chance, client) {
    const { chances, permits, limit, wait } = this.kind;
    const owner = this.owners[client];
    const kind = chance.of(Object.entries(chances).flatMap(([name, count]) => Array(count).fill(name)));
    const ttl = chance.of(Ttls);
    const slowed = (milliseconds) => Math.round(milliseconds * this.slowness);
    // Now and then with the token of a lease before.
    const token = this.tokens[client][chance.below(6) === 0 ? 1 : 0];
    switch (kind) {
      case 'acquire': return { kind, owner, ttl: slowed(ttl), wait: slowed(wait(chance, ttl)), permits: permits(chance), limit };
      case 'renew': return { kind, owner, token, ttl: slowed(ttl) };
      case 'release': return { kind, owner, token };
      case 'handOver': return { kind, owner, token, to: chance.of(this.owners) };
      default: return { kind, owner };
    }
  }

  async #send(client, input, key, ready) {
    await ready();
    const one = await this.find(this.key);
    const { method, args, query, read } = this.kind.ask[input.kind](input);
    let answer;
    try {
      answer = await (query ? one.get(query) : one.post(method, args, { 'Idempotency-Key': key }));
    } catch (error) {
      this.lost++;
      throw error;
    }
    assert.ok(answer.status < 300 || answer.status === 409, `${method ?? query} answered ${answer.status}: ${answer.text}`);
    this.answered++;
    const output = read(answer);
    if (output.acquired && output.token !== this.tokens[client][0]) {
      this.tokens[client] = [output.token, this.tokens[client][0]];
    }
    return output;
  }
}

/** In the order of the grants each token is larger than the one before, and belongs to one grant only. */
function assertTokensGrow(heard) {
  const grants = [...new Map(heard.map((one) => [JSON.stringify(one), one])).values()]
    .sort((a, b) => a.since - b.since || a.token - b.token);
  for (let i = 1; i < grants.length; i++) {
    assert.ok(grants[i].token > grants[i - 1].token, `${JSON.stringify(grants[i])} was granted after ${JSON.stringify(grants[i - 1])}`);
  }
}

/** What a lease is of: a renewal does not say it, the request that the lease was granted for does. */
function permitsOf(history, client, input, output) {
  const token = output.token ?? input.token;
  const granted = history.find((one) => one.client === client && one.input.permits !== undefined && one.output?.token === token);
  return input.permits ?? granted?.input.permits ?? 1;
}

/**
 * At no time do clients believe to hold more than the limit. A client believes from when it was told until the end that it was told, or
 * until it asks for another; one that may be deposed by others, until then.
 */
function assertNeverTooMany(history, limit) {
  const beliefs = history.filter(({ output }) => output?.expires > 0).map(({ client, input, output, start: asked, end }) => {
    const changes = history.filter((other) => other.start >= end
      && (other.input.kind === 'stepDown' || (other.client === client && ['renew', 'release', 'handOver'].includes(other.input.kind))));
    // One that was under way at the same time may have come after what the client was told.
    const isDoubtful = history.some((other) =>
      other.input.kind === 'stepDown' && other.start < end && Math.min(other.end, other.lost ?? Infinity) >= asked);
    const until = isDoubtful ? end : Math.min(output.expires, ...changes.map(({ start }) => start));
    return { client, permits: permitsOf(history, client, input, output), from: end, until };
  }).filter(({ from, until }) => from < until);
  for (const { from } of beliefs) {
    const holders = new Map(beliefs.filter((one) => one.from <= from && from < one.until).map((one) => [one.client, one.permits]));
    const sum = [...holders.values()].reduce((total, permits) => total + permits, 0);
    assert.ok(sum <= limit, `at ${from} clients ${[...holders.keys()].join(' and ')} hold ${sum} of ${limit}`);
  }
}
