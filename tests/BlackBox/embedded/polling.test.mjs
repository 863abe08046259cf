// A host that was not told otherwise polls nothing of its own network: what callers name may not lead there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';
import { Source } from '../lib/polling.mjs';
import { until } from '../lib/until.mjs';

test('Addresses that are not public are refused by default, under any name', async (t) => {
  const host = await Host.start(t, await dataFolder(t), { environment: { Polling__AllowPrivateAddresses: '' } });
  const web = await Source.start();
  t.after(() => web.stop());
  const { port } = new URL(web.url);
  const coordinator = host.object('poll-coordinator', 'north');
  for (const name of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '169.254.169.254', '0.0.0.0']) {
    await coordinator.call('watch', { source: name, url: `http://${name}:${port}/` });
    const source = await until(`${name} is refused`, async () => {
      const one = await coordinator.read('source', { source: name });
      return one.failures > 0 && one;
    });
    assert.match(source.lastError, /no public address/);
  }
  assert.deepEqual(web.requests, []);
});
