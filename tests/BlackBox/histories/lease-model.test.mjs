// The model of leases itself, on made-up histories: what one lock could have answered passes, what it could not is found.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaseModel } from '../lib/lease-model.mjs';
import { linearize } from '../lib/linearizability.mjs';

const wish = { permits: 1, limit: 1, wait: 0 };
const tokenOf = (time) => time * 1000;
const acquired = (owner, start, end, at, ttl) =>
  ({ input: { kind: 'acquire', owner, ttl, ...wish }, output: { acquired: true, token: tokenOf(at), expires: at + ttl }, start, end });
const refused = (owner, start, end, heldUntil) =>
  ({ input: { kind: 'acquire', owner, ttl: 100, ...wish }, output: { acquired: false, position: null, heldUntil }, start, end });
const queued = (owner, start, end, position, { at, wait, ttl = 100 }) =>
  ({ input: { kind: 'acquire', owner, ttl, ...wish, wait }, output: { acquired: false, position, until: at + wait }, start, end });
const released = (owner, start, end, at, ok) =>
  ({ input: { kind: 'release', owner, token: tokenOf(at) }, output: ok === undefined ? undefined : { ok }, start, end });
const holds = (...history) => {
  const seen = history.filter(({ output }) => output?.token).map(({ input, output }) => ({ owner: input.owner, token: output.token }));
  return linearize(history, leaseModel(seen)).isLinearizable;
};

test('A lock is free from the end of its lease on, and not before', () => {
  assert.ok(holds(acquired('a', 1000, 1002, 1001, 100), acquired('b', 1090, 1110, 1101, 100)));
  assert.ok(!holds(acquired('a', 1000, 1002, 1001, 100), acquired('b', 1090, 1110, 1100, 100)));
  assert.ok(!holds(acquired('a', 1000, 1002, 1001, 100), refused('b', 1101, 1110, 1101)));
  assert.ok(holds(acquired('a', 1000, 1002, 1001, 100), refused('b', 1100, 1110, 1101)));
});

test('A token grows with every grant and says when it was', () => {
  const again = acquired('b', 1003, 1003, 1001, 100);
  assert.ok(!holds(acquired('a', 1000, 1002, 1001, 100), released('a', 1003, 1003, 1001, true), again));
  again.output = { acquired: true, token: tokenOf(1003), expires: 1103 };
  assert.ok(holds(acquired('a', 1000, 1002, 1001, 100), released('a', 1003, 1003, 1001, true), again));
});

test('An old token releases nothing', () => {
  assert.ok(holds(acquired('a', 1000, 1000, 1000, 50), released('a', 1060, 1061, 1000, false)));
  assert.ok(!holds(acquired('a', 1000, 1000, 1000, 50), released('a', 1060, 1061, 1000, true)));
});

test('What nobody learnt the outcome of may have been done until its host was lost, or not at all', () => {
  const unknown = { ...released('a', 1010, Infinity, 1000), lost: 1020 };
  assert.ok(holds(acquired('a', 1000, 1000, 1000, 500), unknown, acquired('b', 1030, 1031, 1030, 50)));
  assert.ok(holds(acquired('a', 1000, 1000, 1000, 500), unknown, refused('b', 1030, 1031, 1500)));
  assert.ok(!holds(acquired('a', 1000, 1000, 1000, 500), refused('b', 1030, 1031, 1500), unknown, acquired('b', 1040, 1041, 1040, 50)));
});

test('The queue is served in its order, by an alarm that nobody saw', () => {
  const before = [
    acquired('a', 1000, 1000, 1000, 50),
    queued('b', 1010, 1010, 1, { at: 1010, wait: 300 }),
    queued('c', 1020, 1020, 2, { at: 1020, wait: 300 }),
  ];
  const granted = (owner, at) => acquired(owner, 1100, 1101, at, 100);
  assert.ok(holds(...before, granted('b', 1053)));
  assert.ok(!holds(...before, granted('c', 1053)));
  assert.ok(!holds(...before, granted('b', 1049)));
});

test('A place that has lapsed is served no more', () => {
  const before = [
    acquired('a', 1000, 1000, 1000, 50),
    queued('b', 1010, 1010, 1, { at: 1010, wait: 30 }),
    queued('c', 1020, 1020, 2, { at: 1020, wait: 300 }),
  ];
  assert.ok(holds(...before, acquired('c', 1060, 1061, 1051, 100)));
  assert.ok(!holds(...before, acquired('b', 1060, 1061, 1051, 100)));
});
