// An embedded host as a process of its own, on a free port, with a data folder of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from './http.mjs';

const fileOf = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const Program = fileOf('src/Embedded/bin/Release/net10.0/DurableObjects.Embedded.dll');
const FunctionsProgram = fileOf('tests/FunctionsHost/bin/Release/net10.0/DurableObjects.FunctionsHost.dll');
const StartPatience = 30_000;

const endings = new WeakMap();

/** What is to be done when a test ends, the last first: a process ends before its folder goes. */
function atEnd(t, action) {
  if (!t) {
    return;
  }
  if (!endings.has(t)) {
    const actions = [];
    endings.set(t, actions);
    t.after(async () => {
      while (actions.length > 0) {
        await actions.pop()();
      }
    });
  }
  endings.get(t).push(action);
}

/** A folder that is removed when the test ends. */
export async function dataFolder(t) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'durable-objects-'));
  atEnd(t, () => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Host {
  #process;
  #exited;

  /** What it wrote, to both of its outputs. */
  output = '';

  /** Starts the program with these arguments; it is killed when the test ends, if it still runs. */
  constructor(t, args, environment, program = Program) {
    atEnd(t, () => this.kill());
    this.#process = spawn('dotnet', [program, ...args], {
      env: { ...process.env, DOTNET_DbgEnableMiniDump: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.output += text));
    }
    this.#exited = once(this.#process, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** Starts a host on a folder and waits until it listens. */
  static async start(t, folder, { args = [], environment = {}, apiKey } = {}) {
    const url = `http://127.0.0.1:${await freePort()}`;
    const key = apiKey ? ['--api-key', apiKey] : [];
    const host = new Host(t, ['--urls', url, '--data', folder, ...key, ...args], environment);
    host.url = url;
    host.client = new Client(url, apiKey);
    await host.#listens();
    return host;
  }

  /** Starts the functions of the Azure host, over stand-ins for everything of Azure, and waits until they listen. */
  static async startFunctions(t, { environment = {} } = {}) {
    const url = `http://127.0.0.1:${await freePort()}`;
    const host = new Host(t, ['--urls', url], environment, FunctionsProgram);
    host.url = url;
    host.client = new Client(url);
    await host.#listens();
    return host;
  }

  object(className, key) {
    return this.client.object(className, key);
  }

  /** What a host that is told to end without warning does: nothing. */
  kill() {
    return this.#end('SIGKILL');
  }

  /** A regular stop, as systemd and containers ask for it. */
  stop(signal = 'SIGTERM') {
    return this.#end(signal);
  }

  /** How the process ended: its exit code, or the signal. */
  exited() {
    return this.#exited;
  }

  async #end(signal) {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill(signal);
    }
    const end = await this.#exited;
    this.client?.close();
    return end;
  }

  async #listens() {
    const end = Date.now() + StartPatience;
    while (!this.output.includes('Ctrl-C stops it.')) {
      if (this.#process.exitCode !== null || Date.now() > end) {
        this.kill();
        throw new Error(`The host did not start:\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
