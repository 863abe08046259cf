// npm run costs: counts what the operations of costs/ cost on the functions of the Azure host, and writes it into the pages of docs/objects/.
// `npm run costs -- lock semaphore` counts those only.

import { Host } from './lib/host.mjs';
import { allOperations, count, writeTable } from './lib/costs.mjs';
import { hostSettings } from './lib/settings.mjs';

const named = process.argv.slice(2);
const { environment, tests, stop } = await hostSettings();
Object.assign(process.env, tests);
const host = await Host.startFunctions(undefined, { environment });
try {
  for (const [className, operations] of (await allOperations()).filter(([name]) => named.length === 0 || named.includes(name))) {
    const table = {};
    for (const [name, operation] of Object.entries(operations)) {
      table[name] = await count(host, operation);
      console.log(`${className}: ${name}: ${JSON.stringify(table[name])}`);
    }
    await writeTable(className, table);
  }
} finally {
  await host.stop();
  await stop();
}
