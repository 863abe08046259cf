// A data folder has one owner.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, freePort, Host } from '../lib/host.mjs';

test('A second process on the same folder refuses in one clear sentence, and the first goes on', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  const second = new Host(t, ['--urls', `http://127.0.0.1:${await freePort()}`, '--data', folder]);
  const { code } = await second.exited();
  assert.equal(code, 1, second.output);
  assert.match(second.output, /in use by another process/);
  assert.ok(second.output.includes(folder), second.output);
  assert.doesNotMatch(second.output, /Unhandled exception|^\s+at /m);
  assert.equal(await first.object('counter', 'x').call('increment'), 1);
});

test('The folder is free again after a crash', async (t) => {
  const folder = await dataFolder(t);
  const first = await Host.start(t, folder);
  await first.kill();
  await Host.start(t, folder);
});

test('A port that is taken is said in one sentence as well', async (t) => {
  const first = await Host.start(t, await dataFolder(t));
  const second = new Host(t, ['--urls', first.url, '--data', await dataFolder(t)]);
  const { code } = await second.exited();
  assert.equal(code, 1, second.output);
  assert.ok(second.output.includes(new URL(first.url).port), second.output);
  assert.doesNotMatch(second.output, /Unhandled exception/);
});
