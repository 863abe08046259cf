// GET /api/health

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../lib/http.mjs';
import { baseUrl } from '../lib/target.mjs';

test('The host says that it is well, with its versions, and asks for no key', async () => {
  const anonymous = new Client(baseUrl);
  const answer = await anonymous.get('/api/health');
  anonymous.close();
  assert.equal(answer.status, 200);
  assert.equal(answer.json.status, 'ok');
  for (const name of ['durableObjects', 'sqlite', 'runtime']) {
    assert.match(answer.json.versions[name], /\d+\.\d+/);
  }
});
