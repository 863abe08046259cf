// The client program that people are given to try runs as it stands.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('Three clients join a room, talk, one drops and comes back and gets the history', () => {
  const program = fileURLToPath(new URL('../clients/three-in-a-room.mjs', import.meta.url));
  const run = spawnSync(process.execPath, [program, process.env.BASE_URL, process.env.API_KEY ?? ''], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /Cid comes back/);
  assert.match(run.stdout, /The room remembers [5-9] messages/);
});
