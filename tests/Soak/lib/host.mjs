// A host as a process at a known address, to be killed and started again.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const built = (dll) => fileURLToPath(new URL(`../../../${dll}`, import.meta.url));
const StartPatience = 30_000;
const KeptOutput = 20_000;

/** How far back objects can be returned in the soak; its vaults go back less far. */
export const Retention = 59_000;

/**
 * The soak's own host. Objects leave memory soon and few fit, so that waking is common. What moves commits from the journal into the
 * archive, and drops what is past the retention, comes at once, now and then, or never in a process's life.
 */
export const soakHost = (random) => ({
  program: built('tests/Soak/App/bin/Release/net10.0/DurableObjects.Soak.dll'),
  ready: "The soak's host is ready.",
  settings: {
    DurableObjects__HibernateAfter: '00:00:00.200',
    DurableObjects__MaxAwake: '12',
    DurableObjects__Retention: `00:00:${Retention / 1000}`,
    DurableObjects__ArchiveEvery: random.of(['00:00:00.050', '00:00:00.300', '1.00:00:00']),
  },
});

/** The embedded host as it is. */
export const EmbeddedHost = {
  program: built('src/Embedded/bin/Release/net10.0/DurableObjects.Embedded.dll'),
  ready: 'Ctrl-C stops it.',
  settings: {},
};

export class Host {
  #process;
  #exited;
  #ready;

  /** The end of what it wrote, to both of its outputs. */
  output = '';

  constructor({ program, ready, settings }, folder, port) {
    this.#ready = ready;
    this.#process = spawn('dotnet', [program, '--urls', `http://127.0.0.1:${port}`], {
      env: { ...process.env, ...settings, DurableObjects__Data: path.resolve(folder), DOTNET_DbgEnableMiniDump: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.output = (this.output + text).slice(-KeptOutput)));
    }
    this.#exited = once(this.#process, 'close').then(([code, signal]) => ({ code, signal }));
  }

  get pid() {
    return this.#process.pid;
  }

  /** Ends when the host listens. */
  async listens() {
    const patience = AbortSignal.timeout(StartPatience);
    while (!this.output.includes(this.#ready)) {
      if (this.hasEnded || patience.aborted) {
        throw new Error(`The host did not start within ${StartPatience / 1000} s, or ended:\n${this.output}`);
      }
      await Promise.race([once(this.#process.stdout, 'data', { signal: patience }).catch(() => {}), this.#exited]);
    }
  }

  get hasEnded() {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Sends a signal at once. */
  signal(name) {
    this.#process.kill(name);
  }

  /** How the process ended: { code, signal }. */
  exited() {
    return this.#exited;
  }

  /** Ends it without warning. */
  async kill() {
    this.signal('SIGKILL');
    return await this.#exited;
  }
}
