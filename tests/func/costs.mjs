// tests/func/costs: what one call, read, signal, alarm and new object cost in requests to the storage account, counted at Azurite, and how
// long a call takes. For docs/azure-costs.md. The polling of an idle hub is measured first and taken off. `tests/func/costs 100 apart` has
// triggers and objects in two processes, as Flex Consumption does.

import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../BlackBox/lib/http.mjs';
import { hasFunc, withApp } from './app.mjs';

const Idle = 20_000;
const Settle = 3_000;
const each = Number(process.argv[2] ?? 100);

/** Which service a line of Azurite's access log is of; Azurite does not say. */
function serviceOf(line) {
  const target = / "[A-Z]+ (\S+) HTTP/.exec(line)?.[1];
  if (!target) {
    return undefined;
  }
  if (/\/devstoreaccount1\/[a-z0-9-]+\/messages/.test(target) || /\/devstoreaccount1\/durableobjects-(control|workitems)/.test(target)) {
    return 'queue';
  }
  return /\/devstoreaccount1\/(\$batch|Tables|DurableObjects[A-Z]\w*)/.test(target) ? 'table' : 'blob';
}

function countOf(log) {
  const counts = { blob: 0, queue: 0, table: 0 };
  for (const line of log.split('\n')) {
    const service = serviceOf(line);
    if (service) {
      counts[service]++;
    }
  }
  return counts;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function measure({ url, storageLog }) {
  const client = new Client(url, process.env.API_KEY);
  const counter = client.object('counter', `costs-${Date.now()}`);
  const over = async (run) => {
    const from = storageLog().length;
    const started = Date.now();
    await run();
    return { counts: countOf(storageLog().slice(from)), seconds: (Date.now() - started) / 1000 };
  };
  await counter.call('increment');
  await sleep(Settle);
  const idle = await over(() => sleep(Idle));
  const perSecond = (service) => idle.counts[service] / idle.seconds;
  console.log(`idle, a second: ${['blob', 'queue', 'table'].map((one) => `${one} ${perSecond(one).toFixed(2)}`).join(', ')}`);

  const cases = {
    'call of an object that is awake': () => counter.call('increment'),
    'read-only call': () => counter.read('get'),
    'one-way call': () => client.post(`${counter.path}/increment?oneway=true`),
    'first call of a new object': (i) => client.object('counter', `new-${Date.now()}-${i}`).call('increment'),
    'alarm that fires (a job of the scheduler, with the call that sets it)': (i) =>
      client.object('scheduler', `costs-${i}-${Date.now()}`).call('schedule', { id: 'job', delaySeconds: 0.2 }),
  };
  for (const [name, run] of Object.entries(cases)) {
    const times = [];
    const { counts, seconds } = await over(async () => {
      for (let i = 0; i < each; i++) {
        const started = process.hrtime.bigint();
        await run(i);
        times.push(Number(process.hrtime.bigint() - started) / 1e6);
      }
      await sleep(Settle);
    });
    const net = Object.entries(counts).map(([service, count]) => [service, (count - perSecond(service) * seconds) / each]);
    const total = net.reduce((sum, [, count]) => sum + count, 0);
    console.log(
      `${name}: ${total.toFixed(1)} requests (${net.map(([service, count]) => `${service} ${count.toFixed(1)}`).join(', ')}), `
      + `${median(times).toFixed(0)} ms at the median`);
  }
  client.close();
  return 0;
}

if (hasFunc('tests/func/costs')) {
  process.exitCode = await withApp(measure, { apart: process.argv[3] === 'apart' });
}
