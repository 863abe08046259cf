// tests/func/costs: what one call, read, signal, alarm and new object cost in requests to the storage account, counted at Azurite, and how
// long a call takes. For docs/azure-costs.md. The polling of an idle hub is measured first and taken off. `tests/func/costs 100 apart` has
// triggers and objects in two processes, as Flex Consumption does. `tests/func/costs 10 objects` counts the operations of the ready-made objects
// instead, as tests/BlackBox/costs lists them, or of the classes named after it, and writes the requests into their pages.

import { setTimeout as sleep } from 'node:timers/promises';
import { allOperations, counting, endAll, readTable, Requests, toolsOf, writeTable } from '../BlackBox/lib/costs.mjs';
import { Client } from '../BlackBox/lib/http.mjs';
import { hostSettings } from '../BlackBox/lib/settings.mjs';
import { hasFunc, withApp } from './app.mjs';

const Idle = 20_000;
const Settle = 3_000;
const Look = 1_000;
const Patience = 60_000;
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

/** Counts requests while something runs, less those of an idle hub. */
class Meter {
  constructor(storageLog) {
    this.storageLog = storageLog;
  }

  async over(run) {
    const from = this.storageLog().length;
    const started = Date.now();
    await run();
    return { counts: countOf(this.storageLog().slice(from)), seconds: (Date.now() - started) / 1000 };
  }

  async idle() {
    this.rest = await this.over(() => sleep(Idle));
    console.log(`idle, a second: ${['blob', 'queue', 'table'].map((one) => `${one} ${this.perSecond(one).toFixed(2)}`).join(', ')}`);
  }

  /** Waits until no more requests come than to an idle hub. */
  async quiet() {
    const enough = (log) => ['queue', 'table'].every((service) => countOf(log)[service] <= 2 * this.perSecond(service) * Look / 1000 + 1);
    for (const end = Date.now() + Patience; Date.now() < end;) {
      const from = this.storageLog().length;
      await sleep(Look);
      if (enough(this.storageLog().slice(from))) {
        return;
      }
    }
  }

  perSecond(service) {
    return this.rest.counts[service] / this.rest.seconds;
  }

  /** The requests of one of `times` runs, by service. */
  async net(run, times) {
    const { counts, seconds } = await this.over(async () => {
      await run();
      await sleep(Settle);
    });
    return Object.entries(counts).map(([service, count]) => [service, (count - this.perSecond(service) * seconds) / times]);
  }
}

/** The operations of the ready-made objects, into their pages. */
async function measureObjects({ url, storageLog }) {
  const client = new Client(url, process.env.API_KEY);
  const meter = new Meter(storageLog);
  await client.object('counter', `costs-${Date.now()}`).call('increment');
  await sleep(Settle);
  await meter.idle();
  const named = process.argv.slice(4);
  for (const [className, operations] of (await allOperations()).filter(([name]) => named.length === 0 || named.includes(name))) {
    const table = await readTable(className);
    for (const [name, operation] of Object.entries(operations)) {
      const runs = [];
      for (let i = 0; i < each; i++) {
        runs.push(await operation(toolsOf(client, { url, apiKey: process.env.API_KEY })));
      }
      // Also of what the operations before have left behind, such as sockets that close.
      await meter.quiet();
      const net = Object.fromEntries(await meter.net(() => counting(async () => {
        for (const run of runs) {
          await run();
        }
        await meter.quiet();
      }), each));
      await endAll();
      table[name] = { ...table[name], ...Object.fromEntries(Requests.map((service) => [service, Math.max(0, Number(net[service].toFixed(1)))])) };
      console.log(`${className}: ${name}: ${JSON.stringify(table[name])}`);
    }
    await writeTable(className, table);
  }
  client.close();
  return 0;
}

async function measure({ url, storageLog }) {
  const client = new Client(url, process.env.API_KEY);
  const counter = client.object('counter', `costs-${Date.now()}`);
  await counter.call('increment');
  await sleep(Settle);
  const meter = new Meter(storageLog);
  await meter.idle();

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
    const net = await meter.net(async () => {
      for (let i = 0; i < each; i++) {
        const started = process.hrtime.bigint();
        await run(i);
        times.push(Number(process.hrtime.bigint() - started) / 1e6);
      }
    }, each);
    const total = net.reduce((sum, [, count]) => sum + count, 0);
    console.log(
      `${name}: ${total.toFixed(1)} requests (${net.map(([service, count]) => `${service} ${count.toFixed(1)}`).join(', ')}), `
      + `${median(times).toFixed(0)} ms at the median`);
  }
  client.close();
  return 0;
}

if (hasFunc('tests/func/costs')) {
  const { environment, tests, stop } = await hostSettings();
  Object.assign(process.env, tests);
  process.exitCode = await withApp(process.argv[3] === 'objects' ? measureObjects : measure, { apart: process.argv[3] === 'apart', environment });
  await stop();
}
