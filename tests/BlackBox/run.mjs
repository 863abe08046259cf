// npm test: the suite against BASE_URL if that is set; otherwise against an embedded host started for it, and what is told of the embedded
// host's process itself as well: in embedded/, and in histories/ what clients see of objects whose host dies under them.
// `npm test -- --host functions` runs the suite against the functions of the Azure host, over stand-ins for everything of Azure, and what is
// counted on them. `npm test -- suite/counter.test.mjs` runs only what is named.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Host, dataFolder } from './lib/host.mjs';
import { hostSettings } from './lib/settings.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

const testsIn = async (folder) =>
  (await readdir(new URL(folder, import.meta.url))).filter((name) => name.endsWith('.test.mjs')).sort().map((name) => folder + name);

const named = process.argv.slice(2);
const overFunctions = named[0] === '--host' && named[1] === 'functions';
if (overFunctions) {
  named.splice(0, 2);
}

async function run(environment) {
  const ofTheProcess = overFunctions ? ['functions/'] : ['embedded/', 'histories/'];
  const folders = ['suite/', ...(process.env.BASE_URL ? [] : ofTheProcess)];
  const files = named.length > 0 ? named : (await Promise.all(folders.map(testsIn))).flat();
  // Most tests wait most of the time.
  const child = spawn(process.execPath, ['--test', '--test-concurrency=3', `--test-timeout=${process.env.TEST_TIMEOUT ?? 120_000}`, ...files], {
    cwd: here,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

async function runWithHost() {
  const folder = await dataFolder();
  const { environment, tests, stop } = await hostSettings();
  const host = overFunctions ? await Host.startFunctions(undefined, { environment }) : await Host.start(undefined, folder, { environment });
  try {
    return await run({ BASE_URL: host.url, HOST_KIND: overFunctions ? 'functions' : 'embedded', ...tests });
  } finally {
    await stop();
    const { code } = await host.stop();
    if (code !== 0) {
      process.exitCode = 1;
      console.error(`The host ended with ${code}:\n${host.output}`);
    }
    // What the stand-in for SignalR Service says of clients that talk nonsense is not the host's.
    const errors = overFunctions ? /^(fail|crit): (?!Microsoft\.AspNetCore\.Http\.Connections)/m : /^(fail|crit):/m;
    if (errors.test(host.output)) {
      process.exitCode = 1;
      console.error(`The host logged errors:\n${host.output}`);
    }
    await rm(folder, { recursive: true, force: true });
  }
}

const code = await (process.env.BASE_URL ? run({}) : runWithHost());
process.exitCode ||= code;
