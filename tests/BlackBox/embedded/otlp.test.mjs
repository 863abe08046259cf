// Traces and metrics by OTLP over HTTP, as a collector would get them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { dataFolder, Host } from '../lib/host.mjs';

const TraceId = '0af7651916cd43dd8448eb211c80319c';
const SpanId = 'b7ad6b7169203331';

/** A receiver that keeps what comes to it. */
async function receiver(t) {
  const received = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    received.push({ path: request.url, type: request.headers['content-type'], body: Buffer.concat(chunks) });
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    received,
    bytesTo: (path) => Buffer.concat(received.filter((one) => one.path === path).map((one) => one.body)),
  };
}

test('A host that is told where to sends each turn as a part of its caller\'s trace, and its figures', async (t) => {
  const { url, received, bytesTo } = await receiver(t);
  const host = await Host.start(t, await dataFolder(t), { environment: { DurableObjects__Otlp: url, OTEL_SERVICE_NAME: 'till' } });
  const traceparent = `00-${TraceId}-${SpanId}-01`;
  assert.equal((await host.object('counter', 'hits').post('increment', undefined, { traceparent })).json, 1);
  assert.equal((await host.stop()).code, 0, host.output);

  assert.ok(received.every((one) => one.type === 'application/x-protobuf'));
  const traces = bytesTo('/v1/traces');
  for (const bytes of [Buffer.from(TraceId, 'hex'), Buffer.from(SpanId, 'hex'), 'counter/increment', 'durable_objects.kind', 'till']) {
    assert.ok(traces.includes(bytes), `traces should hold ${bytes}`);
  }
  const metrics = bytesTo('/v1/metrics');
  for (const name of ['durable_objects.turn.duration', 'durable_objects.commit.duration', 'durable_objects.journal.fsyncs']) {
    assert.ok(metrics.includes(name), `metrics should hold ${name}`);
  }
});

test('A receiver that is not there does not keep a host from working or from stopping', async (t) => {
  const host = await Host.start(t, await dataFolder(t), { environment: { DurableObjects__Otlp: 'http://127.0.0.1:9' } });
  assert.equal((await host.object('counter', 'hits').post('increment')).json, 1);
  assert.equal((await host.stop()).code, 0, host.output);
});
