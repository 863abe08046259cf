// Members whose host dies: who reconnects in time has neither left nor joined, and nobody stays who does not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';
import { Listener } from '../lib/listener.mjs';
import { until } from '../lib/until.mjs';

test('After a kill -9 who comes back is no news, and who does not is gone when the grace is over', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  const enter = (url, member, query, reconnect = false) => Listener.connect(
    'presence', 'lobby', ['members', 'joined', 'left'], { url, apiKey: undefined, reconnect, query: { member, ...query } });
  const ann = await enter(first.url, 'ann', { graceSeconds: 300 }, true);
  t.after(() => ann.leave());
  await enter(first.url, 'bob', { graceSeconds: 1 });
  await ann.hears('joined');
  await first.kill();

  const second = new Host(t, ['--urls', first.url, '--data', folder]);
  await until('ann is back', () => ann.all('members').length === 2);
  assert.ok(ann.all('members')[1].some((one) => one.member === 'ann'));
  const client = first.object('presence', 'lobby');
  await until('bob is gone', async () => {
    const { status, json } = await client.get('list');
    return status === 200 && json.length === 1;
  });
  assert.equal((await client.read('get', { member: 'bob' })).state, 'gone');
  assert.deepEqual(ann.all('joined').map((one) => one.member), ['bob']);
  await ann.leave();
  await second.stop();
});
