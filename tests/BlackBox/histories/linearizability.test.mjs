// The checker itself, on made-up histories of a register: what one register could have answered passes, what it could not is found.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../lib/history.mjs';
import { linearize } from '../lib/linearizability.mjs';

const register = {
  initial: 0,
  step: (state, { input, output }) => {
    if (input.write !== undefined) {
      return [input.write];
    }
    return output === undefined || output === state ? [state] : [];
  },
};
const write = (value, start, end) => ({ input: { write: value }, output: end === Infinity ? undefined : null, start, end });
const read = (value, start, end) => ({ input: {}, output: value, start, end });
const holds = (...history) => linearize(history, register).isLinearizable;

test('What happened one after the other must read what was written last', () => {
  assert.ok(holds(write(1, 0, 1), read(1, 2, 3)));
  assert.ok(!holds(write(1, 0, 1), read(0, 2, 3)));
  assert.ok(!holds(write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)));
});

test('What overlaps may have happened in either order, but in the same for all', () => {
  assert.ok(holds(write(1, 0, 9), read(0, 1, 2), read(1, 3, 4)));
  assert.ok(!holds(write(1, 0, 9), read(1, 1, 2), read(0, 3, 4)));
  assert.ok(holds(write(1, 0, 9), write(2, 0, 9), read(1, 10, 11)));
  assert.ok(!holds(write(1, 0, 9), write(2, 0, 9), read(1, 10, 11), read(2, 12, 13)));
});

test('What nobody learnt the outcome of may have happened late, early or never', () => {
  assert.ok(holds(write(1, 0, Infinity), read(0, 5, 6), read(0, 7, 8)));
  assert.ok(holds(write(1, 0, Infinity), read(0, 5, 6), read(1, 7, 8)));
  assert.ok(!holds(write(1, 0, Infinity), read(1, 5, 6), read(0, 7, 8)));
  assert.ok(!holds(read(1, 5, 6), write(1, 7, Infinity)));
});

test('What cannot be explained is shown, with what could be', () => {
  const { isLinearizable, longest, stuck } = linearize([write(1, 0, 1), read(1, 2, 3), read(7, 4, 5), read(1, 6, 7)], register);
  assert.equal(isLinearizable, false);
  assert.equal(longest.length, 2);
  assert.deepEqual(stuck.map(({ output }) => output), [7]);
});

test('Long histories of a true register pass, and one wrong answer in them is found', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { below } = random(seed);
    const history = [];
    let state = 0;
    for (let time = 0; time < 600; time++) {
      const isWrite = below(2) === 0;
      state = isWrite ? time : state;
      const start = time * 10 - below(25);
      history.push(isWrite ? write(time, start, time * 10 + 1 + below(25)) : read(state, start, time * 10 + 1 + below(25)));
    }
    assert.ok(linearize(history, register).isLinearizable, `seed ${seed}`);
    const reads = history.filter(({ input }) => input.write === undefined);
    reads[below(reads.length)].output = -1;
    assert.ok(!linearize(history, register).isLinearizable, `seed ${seed}`);
  }
});
