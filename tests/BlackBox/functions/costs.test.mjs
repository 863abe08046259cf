// What the pages of the objects say an operation costs on Azure, counted again.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { allOperations, count, Counted, readTable } from '../lib/costs.mjs';
import { Host } from '../lib/host.mjs';
import { hostSettings } from '../lib/settings.mjs';

// Where objects tell each other, a batch takes what has come by then, so that there are some more of them or fewer.
const leewayOf = (figure) => (figure <= 4 ? 0 : figure / 4);

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

  test('is on the page of every object', async () => {
    const pages = (await readdir(new URL('../../../docs/objects/', import.meta.url))).map((name) => name.replace('.md', ''));
    assert.deepEqual((await allOperations()).map(([className]) => className), pages.sort());
  });

  test('is what the page says, in entity operations, executions and messages', async () => {
    const differing = [];
    for (const [className, operations] of await allOperations()) {
      const table = await readTable(className);
      assert.deepEqual(Object.keys(table), Object.keys(operations), `docs/objects/${className}.md: npm run costs --prefix tests/BlackBox`);
      for (const [name, operation] of Object.entries(operations)) {
        const said = table[name];
        let counted;
        let isSame = false;
        // What an object does a minute later may come in between; it does not come every time.
        for (let time = 0; time < 3 && !isSame; time++) {
          counted = await count(host, operation);
          isSame = Counted.every((what) => Math.abs(counted[what] - said[what]) <= leewayOf(said[what]));
        }
        if (!isSame) {
          differing.push({ class: className, operation: name, said, counted });
        }
      }
    }
    assert.deepEqual(differing, []);
  });
});
