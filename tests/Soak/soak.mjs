// Kills the host at random moments under mixed load and starts it again; after each time, compares every object with all that was
// acknowledged: node soak.mjs [cycles] [--seed N] [--data folder]. Build App before, in the configuration Release.

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../BlackBox/lib/host.mjs';
import { Client } from '../BlackBox/lib/http.mjs';
import { Generation } from './lib/generation.mjs';
import { Host, soakHost } from './lib/host.mjs';
import { startLoad, visit } from './lib/load.mjs';
import { Random } from './lib/random.mjs';
import { HostGone, verify } from './lib/verify.mjs';

const CyclesOfAGeneration = 20;
const ReportEvery = 10;

const FirstAnswerPatience = 10_000;
/** Kestrel waits half a minute for connections that nobody closes; a stop has no reason to come to that. */
const StopPatience = 25_000;

/** Chances, for each cycle. */
const KillWhileStarting = 0.12;
const KillWhileVerifying = 0.1;
const Settle = 0.7;
const KillAtAnAcknowledgement = 0.5;
const KillBeforeAnAcknowledgement = 0.15;
const Stop = 0.06;
const KillWhileStopping = 0.04;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, data: { type: 'string' } },
});
const cycles = Number(positionals[0] ?? 500);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const folder = values.data ?? await mkdtemp(path.join(os.tmpdir(), 'soak-'));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const random = new Random(seed);
const tally = { asked: 0, answered: 0, kills: 0, restores: 0, stops: 0 };
const retired = [];
const heard = [];
let generation = new Generation(1);
let hasRestores;
let host;
let client;

class Failure extends Error {}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function check(faults) {
  if (faults.length > 0) {
    throw new Failure(faults.slice(0, 20).map((fault) => `  - ${fault}`).join('\n') + (faults.length > 20 ? `\n  and ${faults.length - 20} more` : ''));
  }
}

async function kill() {
  await host.kill();
  client?.close();
  tally.kills++;
}

/** Starts the host; perhaps it is killed before it has started, once or more. */
async function start() {
  for (;;) {
    host = new Host(soakHost(random), folder, port);
    client = new Client(url);
    if (!random.chance(KillWhileStarting)) {
      await host.listens();
      break;
    }
    await sleep(random.int(10, 350));
    await kill();
  }
  if (hasRestores === undefined) {
    // Of an object that is there: one that is not has no points either, and that is another 404.
    await client.object('vault', 'probe').call('put', { id: 'probe', size: 0 });
    hasRestores = (await client.get('/api/objects/vault/probe/recovery-points')).status !== 404;
    if (!hasRestores) {
      console.log('left out: restores, because the host has no route recovery-points (404)');
    }
  }
}

/** Starts the host and looks at everything; perhaps it is killed while objects are being rebuilt, once or more. */
async function recover(settle) {
  for (;;) {
    await start();
    const isCut = random.chance(KillWhileVerifying);
    const cut = isCut && sleep(random.int(5, 200)).then(kill);
    try {
      check(await verify(generation, client, { settle, hasRestores }));
      if (retired.length > 0) {
        check(await verify(random.of(retired), client, { settle: true, hasRestores }));
      }
      if (!isCut) {
        return;
      }
    } catch (error) {
      if (!(error instanceof HostGone && isCut)) {
        throw error;
      }
    }
    await cut;
  }
}

/** Loads the host until a random moment, and ends it there in one of several ways. */
async function crash(cycle) {
  const atAcknowledgement = random.chance(KillAtAnAcknowledgement) ? random.int(1, 400) : Infinity;
  const atTime = random.int(20, atAcknowledgement === Infinity ? 400 : 1500);
  const waitsForOne = !random.chance(KillBeforeAnAcknowledgement);
  const way = random.next();
  const stops = way < Stop + KillWhileStopping;
  const afterStop = way < KillWhileStopping ? random.int(0, 120) : undefined;
  let acknowledged = 0;
  let isMoment;
  const moment = new Promise((resolve) => (isMoment = resolve));
  let isAnswering;
  const answering = new Promise((resolve) => (isAnswering = resolve));
  const end = () => {
    host.signal(stops ? 'SIGTERM' : 'SIGKILL');
    if (!stops) {
      load.stop();
    }
    isMoment();
  };
  const load = startLoad(generation, {
    client, random: random.fork(), cycle, tally, hasRestores,
    onAcknowledged: () => {
      // Within the very acknowledgement, so that what is promised by it must be on its way to the disk already.
      acknowledged++;
      isAnswering();
      if (acknowledged === atAcknowledgement) {
        end();
      }
    },
  });
  if (waitsForOne) {
    // On a busy machine, the first answers of a young process take longer than all of the load is meant to.
    await Promise.race([answering, host.exited(), sleep(FirstAnswerPatience)]);
  }
  await Promise.race([moment, sleep(atTime), host.exited()]);
  if (host.hasEnded && acknowledged < atAcknowledgement) {
    throw new Failure(`  - the host ended by itself:\n${host.output}`);
  }
  end();
  if (afterStop !== undefined) {
    await Promise.race([sleep(afterStop), host.exited()]);
    host.signal('SIGKILL');
  }
  const stoppedAt = Date.now();
  const { code } = await host.exited();
  if (Date.now() - stoppedAt > StopPatience) {
    throw new Failure(`  - the host took ${Date.now() - stoppedAt} ms to end:\n${host.output}`);
  }
  if (stops && afterStop === undefined && code !== 0) {
    throw new Failure(`  - the host was asked to stop and ended with ${code}:\n${host.output}`);
  }
  load.stop();
  await load.ended;
  client.close();
  tally[stops ? 'stops' : 'kills']++;
  check([...load.faults, ...heard]);
}

async function run() {
  console.log(`${cycles} cycles, seed ${seed}, data in ${folder}`);
  const began = Date.now();
  let cycle = 0;
  try {
    for (cycle = 1; cycle <= cycles; cycle++) {
      await recover(random.chance(Settle));
      visit(generation, url, heard);
      await crash(cycle);
      if (cycle % CyclesOfAGeneration === 0) {
        await generation.retire();
        retired.push(generation);
        generation = new Generation(generation.number + 1);
      }
      if (cycle % ReportEvery === 0) {
        console.log(`${cycle} cycles, ${((Date.now() - began) / cycle / 1000).toFixed(2)} s each; ${report()}`);
      }
    }
    await generation.retire();
    retired.push(generation);
    await start();
    for (const one of retired) {
      check(await verify(one, client, { settle: true, hasRestores }));
    }
    host.signal('SIGTERM');
    await host.exited();
    console.log(`nothing acknowledged was lost: ${cycles} cycles in ${((Date.now() - began) / 1000).toFixed(0)} s; ${report()}`);
    if (values.data === undefined) {
      await rm(folder, { recursive: true, force: true });
    }
  } catch (error) {
    if (!host.hasEnded) {
      await host.kill();
    }
    console.error(`FAILED in cycle ${cycle} of seed ${seed}; the data are kept in ${folder}\n${error instanceof Failure ? error.message : error.stack}`);
    console.error(`The host's last words:\n${host.output}`);
    process.exitCode = 1;
  } finally {
    await generation.retire();
  }
  // The clients' timers would keep the process for a while.
  process.exit();
}

function report() {
  const all = [...retired, ...(retired.includes(generation) ? [] : [generation])];
  const sum = (of) => all.reduce((total, one) => total + of(one), 0);
  return [
    `${tally.kills} kills, ${tally.stops} stops`,
    `${tally.answered} of ${tally.asked} requests answered`,
    `${sum(({ streams }) => streams.count)} signals`,
    `${sum(({ bells }) => bells.reduce((rings, { count }) => rings + count, 0))} alarms`,
    `${tally.restores} restores`,
  ].join(', ');
}

await run();
