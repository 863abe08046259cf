// The load of vaults on a vault in memory: a right one passes, and one that gets a restore wrong is found.

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Random } from './lib/random.mjs';
import { loadVault } from './load/vaults.mjs';
import { VaultRecord } from './records/vault.mjs';

const Steps = 400;

/** A vault that keeps every content that it ever had; `wrong` bends what a restore goes back to. */
class VaultInMemory {
  #history = [{ content: [], at: 0 }];
  #points = [];
  restores = 0;
  heard = [];

  constructor(stop, wrong = (position) => position) {
    this.stop = stop;
    this.wrong = wrong;
  }

  object() {
    return { path: '', client: this, post: (method, body) => this.#change(method, body) };
  }

  async get() {
    return { status: 200, json: { current: this.#bookmark, items: this.points } };
  }

  async post(path, body) {
    this.#step();
    if (path.endsWith('recovery-points')) {
      const point = { label: body.label, bookmark: this.#bookmark };
      this.#points.push(point);
      return { status: 201, json: point };
    }
    this.restores++;
    const undo = this.#bookmark;
    const position = this.#history.findLastIndex(({ at }, i) => body.time
      ? at <= Date.parse(body.time)
      : i === Number(body.bookmark ?? this.#points.find(({ label }) => label === body.label).bookmark));
    this.#commit(this.#history[this.wrong(position)].content);
    return { status: 200, json: { restored: String(position), undo, current: this.#bookmark } };
  }

  get content() {
    return this.#history.at(-1).content;
  }

  get points() {
    return this.#points;
  }

  get #bookmark() {
    return String(this.#history.length - 1);
  }

  async #change(method, { id, size, count }) {
    this.#step();
    if (method === 'put') {
      this.#commit([...this.content, `${id}/${size}`]);
      this.heard.push(id);
    } else {
      this.#commit(this.content.slice(count));
    }
    return { status: 204 };
  }

  #commit(content) {
    this.#history.push({ content, at: Date.now() });
  }

  #step() {
    this.steps = (this.steps ?? 0) + 1;
    if (this.steps === Steps) {
      this.stop();
    }
  }
}

// The clock stands still but for the load's own pauses.
mock.timers.enable({ apis: ['Date'] });

async function faultsOf(wrong) {
  const state = { isStopped: false, faults: [], acknowledged() {}, pause: async (milliseconds) => mock.timers.tick(milliseconds) };
  const vault = new VaultInMemory(() => (state.isStopped = true), wrong);
  const record = new VaultRecord('vault');
  let next = 0;
  const tally = { asked: 0, answered: 0, restores: 0 };
  await loadVault({ record, client: vault, random: new Random(3), ids: { next: () => `i${++next}` }, state, tally, hasRestores: true });
  assert.ok(vault.restores > 20 && tally.restores === vault.restores, `${vault.restores} restores, ${tally.restores} counted`);
  const { content } = vault;
  return [...state.faults, ...record.absorb({ total: content.length, items: content }, vault.heard, vault.points)];
}

test('A vault that is returned to bookmarks, labels and times, and undone, is right', async () => {
  assert.deepEqual(await faultsOf(), []);
});

test('A vault that goes back to the moment before the one asked for is found', async () => {
  const faults = await faultsOf((position) => Math.max(0, position - 1));
  assert.match(faults.join('\n'), /should hold .* items/);
});
