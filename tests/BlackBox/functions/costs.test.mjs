// What the pages of the objects say an operation costs on Azure, counted again.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { allOperations, count, readTable } from '../lib/costs.mjs';
import { Host } from '../lib/host.mjs';
import { hostSettings } from '../lib/settings.mjs';

describe('What an operation costs', () => {
  let host;
  let stop;

  before(async () => {
    const settings = await hostSettings();
    stop = settings.stop;
    Object.assign(process.env, settings.tests);
    host = await Host.startFunctions(undefined, { environment: settings.environment });
  });

  after(async () => {
    await host.stop();
    await stop();
  });

  test('is what the page says, in entity operations and messages', async () => {
    const differing = [];
    for (const [className, operations] of await allOperations()) {
      const table = await readTable(className);
      assert.deepEqual(Object.keys(table), Object.keys(operations), `docs/objects/${className}.md: npm run costs --prefix tests/BlackBox`);
      for (const [name, operation] of Object.entries(operations)) {
        const { entityOperations, messages } = await count(host, operation);
        const said = { entityOperations: table[name].entityOperations, messages: table[name].messages };
        // Where many objects tell each other, one batch more or less takes what has come by then.
        const leeway = Math.floor(said.entityOperations / 20);
        if (!(Math.abs(entityOperations - said.entityOperations) <= leeway) || messages !== said.messages) {
          differing.push({ class: className, operation: name, said, counted: { entityOperations, messages } });
        }
      }
    }
    assert.deepEqual(differing, []);
  });
});
