// A journal that is not as it was written: what a crash can leave is mended, anything else stops the start.

import assert from 'node:assert/strict';
import { open, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { dataFolder, freePort, Host } from '../lib/host.mjs';

async function journalOf(t, acknowledged) {
  const folder = await dataFolder(t);
  const host = await Host.start(t, folder);
  for (let i = 0; i < acknowledged; i++) {
    await host.object('counter', 'x').call('increment');
  }
  await host.kill();
  const [name, ...more] = (await readdir(path.join(folder, 'journal'))).sort();
  assert.deepEqual(more, []);
  const file = path.join(folder, 'journal', name);
  return { folder, file, size: (await stat(file)).size };
}

async function flip(file, offset) {
  const handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, offset);
  byte[0] ^= 0xff;
  await handle.write(byte, 0, 1, offset);
  await handle.close();
}

for (const where of [60, 200, 300]) {
  test(`A byte changed at ${where}, in a batch before others, stops the start with the file and the place`, async (t) => {
    const { folder, file } = await journalOf(t, 5);
    await flip(file, where);
    const host = new Host(t, ['--urls', `http://127.0.0.1:${await freePort()}`, '--data', folder]);
    const { code } = await host.exited();
    assert.equal(code, 1, host.output);
    assert.match(host.output, /journal is damaged/);
    assert.ok(host.output.includes(file), host.output);
    assert.match(host.output, /at byte \d+/);
    assert.match(host.output, /backup/);
    assert.doesNotMatch(host.output, /Unhandled exception/);
    // It says the same again: nothing was changed by the attempt.
    const again = new Host(t, ['--urls', `http://127.0.0.1:${await freePort()}`, '--data', folder]);
    assert.equal((await again.exited()).code, 1);
    assert.match(again.output, /journal is damaged/);
  });
}

test('A last batch that a crash tore is cut, and everything before it is there', async (t) => {
  const { folder, file, size } = await journalOf(t, 5);
  await truncate(file, size - 512);
  const host = await Host.start(t, folder);
  const total = await host.object('counter', 'x').read('get');
  assert.ok(total === 4 || total === 5, `${total}`);
  assert.equal(await host.object('counter', 'x').call('increment'), total + 1);
  await host.kill();
  const again = await Host.start(t, folder);
  assert.equal(await again.object('counter', 'x').read('get'), total + 1);
});

test('Database files may be lost or spoilt: they are a cache', async (t) => {
  const { folder } = await journalOf(t, 5);
  const databases = (await readdir(path.join(folder, 'objects'), { recursive: true })).filter((name) => /\.sqlite/.test(name));
  assert.ok(databases.length > 0);
  for (const name of databases) {
    await writeFile(path.join(folder, 'objects', name), 'not a database');
  }
  const host = await Host.start(t, folder);
  assert.equal(await host.object('counter', 'x').read('get'), 5);
  assert.equal(await host.object('counter', 'x').call('increment'), 6);
});
