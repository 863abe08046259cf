// Keeps any 2,000 of 200,000 objects busy and watches the host's resident memory:
// node memory.mjs [--objects N] [--busy N] [--minutes N] [--settle N] [--rate N] [--bound MiB-a-minute] [--csv file] [--data folder].
// Build src/Embedded before, in the configuration Release. Linux, for /proc.

import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../BlackBox/lib/host.mjs';
import { Client } from '../BlackBox/lib/http.mjs';
import { EmbeddedHost, Host } from './lib/host.mjs';
import { median, slopePerMinute } from './lib/samples.mjs';

const SampleEvery = 5_000;
const AtOnce = 32;
const BytesOfAnObject = 40 * 1024;
const MiB = 1024 * 1024;

/** Each object is one of these for good; every fourth has a table with an index, the others a key. */
const kinds = [
  (client, i) => client.object('counter', `c-${i}`).post('increment'),
  (client, i) => client.object('counter', `c-${i}`).post('increment'),
  (client, i) => client.object('counter', `c-${i}`).post('increment'),
  (client, i) => client.object('chat-room', `r-${i}`).post('post', { author: 'ann', text: `hello from ${i}` }),
];

const number = (name, otherwise) => [name, { type: 'string', default: String(otherwise) }];
const { values } = parseArgs({
  options: {
    ...Object.fromEntries([
      number('objects', 200_000), number('busy', 2_000), number('minutes', 10), number('settle', 2), number('rate', 1_500), number('bound', 2),
    ]),
    csv: { type: 'string' }, data: { type: 'string' },
  },
});
const [objects, busy, minutes, settle, rate, bound] =
  ['objects', 'busy', 'minutes', 'settle', 'rate', 'bound'].map((name) => Number(values[name]));
if (!(minutes > settle)) {
  throw new Error(`--minutes is ${minutes}; it must be more than --settle, which is ${settle}.`);
}

/** The host's memory, in MiB: resident, and what of that is its own rather than a file's; its threads; the objects that are awake. */
async function lookAt(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) / 1024;
  const threads = Number(/^Threads:\s+(\d+)$/m.exec(status)[1]);
  return { resident: mebibytes('VmRSS'), own: mebibytes('RssAnon'), threads, awake: await awakeObjects(pid) };
}

/** An object is awake while its database is open. */
async function awakeObjects(pid) {
  const folder = `/proc/${pid}/fd`;
  // A file may be closed between the two looks at it.
  const files = await Promise.all((await readdir(folder)).map((file) => readlink(`${folder}/${file}`).catch(() => '')));
  return new Set(files.filter((file) => file.endsWith('.sqlite'))).size;
}

async function touch(client, i) {
  const answer = await kinds[i % kinds.length](client, i);
  if (answer.status !== 200 && answer.status !== 503) {
    throw new Error(`Object ${i} answered ${answer.status}: ${answer.text}`);
  }
  return answer.status === 200;
}

/** Runs tasks, so many at once, until the source has no more. */
const workers = (count, source) => Promise.all(Array.from({ length: count }, async () => {
  for (let task = source(); task; task = source()) {
    await task();
  }
}));

async function create(client) {
  let next = 0;
  const began = Date.now();
  await workers(AtOnce, () => {
    const i = next++;
    return i < objects ? async () => {
      while (!await touch(client, i)) {
        await sleep(20);
      }
      if ((i + 1) % 20_000 === 0) {
        console.log(`${i + 1} objects, ${Math.round((i + 1) / (Date.now() - began) * 1000)} a second`);
      }
    } : undefined;
  });
}

/** Touches objects of a window at a steady rate; the window passes all objects once in the time. */
async function keepBusy(client, milliseconds, count) {
  const began = performance.now();
  let sent = 0;
  await workers(AtOnce, () => {
    const elapsed = performance.now() - began;
    if (elapsed >= milliseconds) {
      return undefined;
    }
    const turn = sent++;
    return async () => {
      const due = turn * 1000 / rate;
      if (due > elapsed) {
        await sleep(due - elapsed);
      }
      const start = Math.floor((performance.now() - began) / milliseconds * objects);
      count[await touch(client, (start + Math.floor(Math.random() * busy)) % objects) ? 'done' : 'refused']++;
    };
  });
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function run() {
  const folder = values.data ?? await mkdtemp(path.join(os.tmpdir(), 'memory-'));
  const disk = await statfs(path.dirname(path.resolve(folder)));
  const free = disk.bavail * disk.bsize;
  if (free < 2 * objects * BytesOfAnObject) {
    throw new Error(`${folder} has ${Math.round(free / MiB)} MiB free; ${objects} objects may take ${Math.round(2 * objects * BytesOfAnObject / MiB)} MiB.`);
  }
  console.log(`${objects} objects, ${busy} busy at ${rate} turns a second, ${minutes} minutes, data in ${folder}`);
  const port = await freePort();
  const host = new Host(EmbeddedHost, folder, port);
  const client = new Client(`http://127.0.0.1:${port}`);
  const csv = values.csv && createWriteStream(values.csv);
  csv?.write('seconds,resident_mib,own_mib,threads,awake,turns,refused\n');
  try {
    await host.listens();
    await create(client);
    const samples = [];
    const count = { done: 0, refused: 0 };
    const began = Date.now();
    const sample = async () => {
      const { resident, own, threads, awake } = await lookAt(host.pid);
      const seconds = (Date.now() - began) / 1000;
      samples.push({ seconds, resident });
      csv?.write(`${[seconds.toFixed(0), resident.toFixed(1), own.toFixed(1), threads, awake, count.done, count.refused].join(',')}\n`);
      console.log(
        `${seconds.toFixed(0).padStart(4)} s  ${resident.toFixed(1)} MiB resident, ${own.toFixed(1)} its own; `
        + `${awake} objects awake; ${count.done} turns, ${count.refused} refused`);
    };
    await sample();
    const timer = setInterval(() => void sample(), SampleEvery);
    await keepBusy(client, minutes * 60_000, count);
    clearInterval(timer);
    return judge(samples, count);
  } finally {
    csv?.end();
    host.signal('SIGTERM');
    await host.exited();
    if (values.data === undefined) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function judge(samples, count) {
  const later = samples.filter(({ seconds }) => seconds >= settle * 60);
  const slope = slopePerMinute(later.map(({ seconds, resident }) => [seconds, resident]));
  const residents = later.map(({ resident }) => resident);
  console.log([
    `${count.done} turns, ${Math.round(count.done / minutes / 60)} a second; ${count.refused} refused`,
    `resident after ${settle} minutes ${later[0].resident.toFixed(1)} MiB, then ${median(residents).toFixed(1)} (median), ${Math.max(...residents).toFixed(1)} at most`,
    `slope ${slope.toFixed(2)} MiB a minute by least squares; the bound is ${bound}`,
  ].join('\n'));
  const isFlat = slope <= bound;
  console.log(isFlat ? 'flat' : 'NOT FLAT');
  return isFlat ? 0 : 1;
}

process.exit(await run());
