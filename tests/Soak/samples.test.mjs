// Slope and median, of which the memory run makes its verdict.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, slopePerMinute } from './lib/samples.mjs';

test('A slope is that of the line, a minute', () => {
  assert.ok(Math.abs(slopePerMinute([[0, 10], [30, 11], [60, 12]]) - 2) < 1e-9);
  assert.ok(Math.abs(slopePerMinute([[0, 10], [30, 10], [60, 10]])) < 1e-9);
  assert.ok(Math.abs(slopePerMinute([[0, 11], [20, 9], [40, 11], [60, 9]]) + 1.2) < 1e-9);
});

test('One moment makes no line', () => {
  assert.throws(() => slopePerMinute([[5, 10]]), /1 samples make no line/);
});

test('The median is the middle', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});
