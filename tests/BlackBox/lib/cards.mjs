// Design cards of object classes: docs/cards.md.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

const docs = new URL('../../../docs/', import.meta.url);
const page = readFileSync(new URL('cards.md', docs), 'utf8');

/** The words that the page explains, each in the first column of a table. */
const explained = new Set([...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, word]) => word));

/** A base class that is a pattern has a page of its own. */
const hasPage = (word) => existsSync(new URL(`objects/${word}.md`, docs));

/** Checks the shape of a card, and that each of its words is explained somewhere. */
export function assertCard(card) {
  assert.deepEqual(Object.keys(card), ['durable_object', 'performance_characteristics', 'coordination_features', 'optimization_techniques']);
  const { durable_object: one, performance_characteristics: performance } = card;
  assert.deepEqual(Object.keys(one), ['name', 'purpose', 'patterns', 'storage_schema']);
  assert.deepEqual(Object.keys(performance), ['cold_start_ms', 'hibernation_savings', 'consistency_model', 'recovery_window_days']);
  assert.match(performance.consistency_model, /^linearizable per object/);
  assert.ok(performance.recovery_window_days > 0);
  for (const { name, columns, indexes } of one.storage_schema.tables) {
    assert.doesNotMatch(name, /^(_do_|sqlite_)/);
    assert.ok(columns.length > 0, name);
    assert.ok(Array.isArray(indexes), name);
  }
  for (const word of [...one.patterns, ...card.coordination_features, ...card.optimization_techniques]) {
    assert.ok(explained.has(word) || hasPage(word), `docs/cards.md does not explain '${word}' of ${one.name}`);
  }
}
