// GET /api/metrics and GET /api/objects/{class}?metrics=true

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, fresh, freshName } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { Guest } from '../lib/room.mjs';

const Sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (NaN|[+-]Inf|[-+0-9.eE]+)$/;

const figuresOf = async (className) => (await client.get(`/api/objects/${className}?metrics=true`)).json;

/** Every sample by its name and labels, once the text has been checked against the format. */
async function scrape() {
  const answer = await client.get('/api/metrics');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.ok(answer.text.endsWith('\n'));
  const types = new Map();
  const samples = new Map();
  for (const line of answer.text.slice(0, -1).split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (name) {
      assert.ok(!types.has(name), `${name} comes twice`);
      types.set(name, type);
    } else if (!line.startsWith('# HELP ')) {
      const [, sample, labels = '', value] = Sample.exec(line) ?? assert.fail(`not a sample: ${line}`);
      const family = types.has(sample) ? sample : sample.replace(/_(bucket|sum|count)$/, '');
      assert.ok(types.has(family), `${sample} has no type`);
      assert.equal(types.get(family) === 'counter', family.endsWith('_total'), family);
      assert.ok(!samples.has(`${sample}{${labels}}`), `${line} comes twice`);
      samples.set(`${sample}{${labels}}`, Number(value.replace('Inf', 'Infinity')));
    }
  }
  return samples;
}

/** Whether the host is one process, which holds everything itself. */
const holdsAll = async () => (await client.get('/api/metrics')).text.includes('journal_fsyncs');

test('A class tells what its objects did', async () => {
  const account = fresh('account');
  const one = await figuresOf('account');
  await account.call('deposit', ['ann', 10]);
  await account.read('balance', { account: 'ann' });
  const two = await figuresOf('account');
  // Only a host that makes commits durable itself can tell how that went.
  const hasJournal = await holdsAll();

  assert.equal(two.class, 'account');
  assert.ok(two.turns > one.turns);
  assert.ok(two.turnsByKind.call > one.turnsByKind.call);
  assert.ok(two.turnsByKind.read > one.turnsByKind.read);
  for (const name of ['commits', 'frames', 'bytes', 'wakes', ...(hasJournal ? ['fsyncs'] : [])]) {
    assert.ok(two[name] > one[name], name);
  }
  for (const name of ['turnSeconds', 'mailboxSeconds', 'coldStartSeconds', ...(hasJournal ? ['commitSeconds'] : [])]) {
    assert.ok(two[name].count > one[name].count, name);
    assert.ok(two[name].sum >= one[name].sum, name);
    assert.ok(0 < two[name].p50 && two[name].p50 <= two[name].p95 && two[name].p95 <= two[name].p99, name);
  }
  assert.ok(two.liveObjects >= 1);
});

test('A refusal is counted under its code', async () => {
  const counted = async () => (await figuresOf('account')).errorsByCode['invalid-argument'] ?? 0;
  const before = await counted();
  assertProblem(await fresh('account').post('deposit', ['ann', 'much']), 400, 'invalid-argument');
  assert.ok((await counted()) > before);
});

test('Open sockets are counted', async () => {
  const guest = await Guest.join(freshName('room'), 'ann');
  // Where something else holds the sockets, that counts them.
  const least = (await holdsAll()) ? 1 : 0;
  assert.ok((await figuresOf('chat-room')).sockets >= least);
  assert.ok((await scrape()).get('durable_objects_sockets{class="chat-room"}') >= least);
  await guest.leave();
});

test('Prometheus gets the same, in its format', async () => {
  await fresh('counter').call('increment');
  const json = await figuresOf('counter');
  const samples = await scrape();

  assert.ok(samples.get('durable_objects_turns_total{class="counter",kind="call"}') >= json.turnsByKind.call);
  assert.ok(samples.get('durable_objects_committed_bytes_total{class="counter"}') >= json.bytes);
  assert.ok(samples.get('durable_objects_turn_duration_quantile_seconds{class="counter",quantile="0.99"}') > 0);
  const buckets = [...samples].filter(([name]) => name.startsWith('durable_objects_turn_duration_seconds_bucket{class="counter",'));
  const counts = buckets.map(([, count]) => count);
  assert.deepEqual(counts, counts.toSorted((a, b) => a - b));
  assert.ok(buckets.at(-1)[0].endsWith('le="+Inf"}'));
  assert.equal(counts.at(-1), samples.get('durable_objects_turn_duration_seconds_count{class="counter"}'));
  const classes = (await client.get('/api/objects')).json.classes.map((one) => one.name);
  for (const name of classes) {
    assert.ok(samples.has(`durable_objects_live_objects{class="${name}"}`), name);
  }
});

test('An unknown class has no figures, and metrics is true or false', async () => {
  assertProblem(await client.get('/api/objects/no-such-class?metrics=true'), 404, 'unknown-class');
  assertProblem(await client.get('/api/objects/counter?metrics=maybe'), 400, 'invalid-argument', "'metrics'");
  assert.ok(Array.isArray((await client.get('/api/objects/counter?metrics=false')).json.objects));
  assertProblem(await client.post('/api/metrics'), 405, 'method-not-allowed');
});

test('A traceparent, well-formed or not, changes nothing of an answer', async () => {
  const counter = fresh('counter');
  const traces = ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '', 'nonsense', '0'.repeat(55), '0'.repeat(9_000)];
  for (const [i, traceparent] of traces.entries()) {
    assert.equal((await counter.post('increment', undefined, { traceparent })).json, i + 1);
  }
});
