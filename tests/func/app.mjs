// The app as a user starts it: `func start`, over Azurite and a stand-in for SignalR Service, on free ports of this machine.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../BlackBox/lib/host.mjs';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Building the app is a part of starting it. */
const StartPatience = 10 * 60_000;

/** The account and key of every Azurite, which are public. */
const Account = 'devstoreaccount1';
const Key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const processes = [];

/** Starts a process of the run; what it wrote is shown if the run fails. */
function start(name, command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
  const one = { name, child, output: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (one.output += text));
  }
  child.on('error', (error) => (one.output += `${error}\n`));
  processes.push(one);
  return one;
}

async function until(what, condition, patience) {
  for (const end = Date.now() + patience; Date.now() < end;) {
    if (await condition()) {
      return;
    }
    const gone = processes.find(({ child }) => child.exitCode !== null);
    if (gone) {
      throw new Error(`${gone.name} ended with ${gone.child.exitCode} before ${what}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`Waited ${patience / 1000} s in vain until ${what}.`);
}

async function stopAll() {
  for (const { child } of processes.reverse()) {
    if (child.exitCode === null && child.signalCode === null) {
      // With those that it started itself.
      process.kill(-child.pid, 'SIGTERM');
      const forced = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 10_000);
      await once(child, 'exit');
      clearTimeout(forced);
    }
  }
}

async function startAzurite(folder) {
  const bin = path.join(root, 'node_modules/.bin/azurite');
  if (!existsSync(bin) && spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], { cwd: root, stdio: 'inherit' }).status !== 0) {
    throw new Error('npm cannot install Azurite.');
  }
  const [blob, queue, table] = [await freePort(), await freePort(), await freePort()];
  const azurite = start('Azurite', bin, [
    '--location', folder, '--disableTelemetry', '--skipApiVersionCheck',
    '--blobPort', `${blob}`, '--queuePort', `${queue}`, '--tablePort', `${table}`,
  ]);
  await until('Azurite listens', () => azurite.output.includes('Table service is successfully listening'), 60_000);
  const endpoint = (name, port) => `${name}Endpoint=http://127.0.0.1:${port}/${Account}`;
  return [
    'DefaultEndpointsProtocol=http', `AccountName=${Account}`, `AccountKey=${Key}`,
    endpoint('Blob', blob), endpoint('Queue', queue), endpoint('Table', table),
  ].join(';');
}

async function startSignalR(app) {
  const url = `http://127.0.0.1:${await freePort()}`;
  // A host that wants a key for its webhooks has it in SIGNALR_WEBHOOK_KEY.
  const key = process.env.SIGNALR_WEBHOOK_KEY;
  const upstream = `${app}/runtime/webhooks/signalr${key ? `?code=${key}` : ''}`;
  const standIn = start('The stand-in for SignalR Service', 'dotnet', [
    'run', '--project', 'tests/SignalRStandIn', '--configuration', 'Release', '--', '--Url', url, '--Upstream', upstream,
  ]);
  await until('the stand-in listens', () => standIn.output.includes('AzureSignalRConnectionString='), StartPatience);
  return /AzureSignalRConnectionString=(.*)/.exec(standIn.output)[1].trim();
}

async function isHealthy(app) {
  try {
    return (await fetch(`${app}/api/health`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}

/** What answers clients, and what runs objects: on Flex Consumption they scale apart, each in instances of its own. */
const Triggers = [
  'classes', 'objects', 'object-itself', 'objects-method', 'object-fetch', 'object-negotiate', 'object-parked-signals',
  'object-recovery-points', 'object-restore', 'metrics', 'unknown', 'socket-connected', 'socket-disconnected', 'socket-message',
  'flows', 'flow-itself', 'flow-event', 'flow-terminate', 'flow-suspend', 'flow-resume',
  'hook-take', 'hook-status', 'hook-deliveries', 'hook-delivery', 'hook-redeliver', 'hook-redeliver-some', 'hook-resume', 'hook-skip',
];
const Durables = ['object', 'relay', 'alarm', 'workflow', 'attempt', 'start-child', 'deliver', 'sweep'];

const without = (functions) => Object.fromEntries(functions.map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']));

/** Starts all of it; resolves with the app's address, and Azurite's output so far as a function, when the app answers. */
async function startApp(folder, { apart, environment }) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const storage = await startAzurite(folder);
  const signalR = await startSignalR(url);
  const settings = {
    FUNCTIONS_WORKER_RUNTIME: 'dotnet-isolated',
    AzureWebJobsStorage: storage,
    DurableObjects__Archive__ConnectionString: storage,
    AzureSignalRConnectionString: signalR,
    AzureFunctionsJobHost__extensions__durableTask__storageProvider__maxQueuePollingInterval: '00:00:01',
    ...environment,
  };
  const startFunc = async (at, functions) => {
    start('func', 'func', ['start', '--script-root', 'src/Functions', '--port', `${at}`, ...(apart ? ['--no-build'] : [])], {
      env: { ...process.env, ...settings, ...functions },
    });
    await until('the app answers', () => isHealthy(`http://127.0.0.1:${at}`), StartPatience);
  };
  if (apart) {
    await startFunc(await freePort(), without(Triggers));
    await startFunc(port, without(Durables));
  } else {
    await startFunc(port, {});
  }
  return { url, storageLog: () => processes.find(({ name }) => name === 'Azurite').output };
}

/** Whether the Azure Functions Core Tools are there; if not, says what is left out. */
export function hasFunc(what) {
  const isThere = !spawnSync('func', ['--version'], { stdio: 'ignore' }).error;
  if (!isThere) {
    console.log(`left out: ${what}, because the Azure Functions Core Tools (func) are not on the PATH`);
  }
  return isThere;
}

/**
 * Runs something against the app, and stops everything; resolves with the exit code. What was written is shown if it fails. With `apart`,
 * triggers and objects run in processes of their own, of an app that was built before; `environment` is for the app.
 */
export async function withApp(use, { apart = false, environment = {} } = {}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'durable-objects-func-'));
  let code = 1;
  try {
    code = await use(await startApp(folder, { apart, environment }));
  } catch (error) {
    console.error(error.message);
  } finally {
    await stopAll();
    if (code) {
      for (const { name, output } of processes) {
        console.error(`--- ${name}\n${output.slice(-8_000)}`);
      }
    }
    await rm(folder, { recursive: true, force: true });
  }
  return code;
}
