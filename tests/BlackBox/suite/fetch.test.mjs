// ANY /api/objects/{class}/{key}/fetch/{*path}: none of the ready-made objects answers requests of its own.

import { test } from 'node:test';
import { client, fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';

test('An object that answers no requests says so, whatever the method and the path', async () => {
  const { path } = fresh('counter');
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    for (const rest of ['/fetch', '/fetch/', '/fetch/a/b%2Fc?d=e']) {
      assertProblem(await client.send(method, path + rest), 404, 'unknown-method', 'counter');
    }
  }
});

test('A body of any type may come with it', async () => {
  assertProblem(
    await client.post(`${fresh('counter').path}/fetch/x`, Buffer.alloc(100_000), { headers: { 'content-type': 'image/png' } }),
    404, 'unknown-method');
});

test('A body over 4 MiB is 413 here too', async () => {
  assertProblem(await client.post(`${fresh('counter').path}/fetch/x`, Buffer.alloc(4 * 1024 * 1024 + 1)), 413, 'too-large');
});

test('A class that does not exist is still unknown', async () => {
  assertProblem(await client.get(`${fresh('no-such-class').path}/fetch/x`), 404, 'unknown-class');
});
