// What the pages of the objects say an operation costs on Azure, counted again.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { allOperations, count, readTable } from '../lib/costs.mjs';
import { Host } from '../lib/host.mjs';

describe('What an operation costs', () => {
  let host;

  before(async () => {
    host = await Host.startFunctions();
  });

  after(() => host.stop());

  test('is what the page says, in entity operations and messages', async () => {
    const differing = [];
    for (const [className, operations] of await allOperations()) {
      const table = await readTable(className);
      assert.deepEqual(Object.keys(table), Object.keys(operations), `docs/objects/${className}.md: npm run costs --prefix tests/BlackBox`);
      for (const [name, operation] of Object.entries(operations)) {
        const { entityOperations, messages } = await count(host, operation);
        const said = { entityOperations: table[name].entityOperations, messages: table[name].messages };
        if (entityOperations !== said.entityOperations || messages !== said.messages) {
          differing.push({ class: className, operation: name, said, counted: { entityOperations, messages } });
        }
      }
    }
    assert.deepEqual(differing, []);
  });
});
