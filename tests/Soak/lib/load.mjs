// Everything at once on a generation, until a moment at which the host is to be killed.

import { loadBells } from '../load/bells.mjs';
import { loadBrief } from '../load/briefs.mjs';
import { loadCounters } from '../load/counters.mjs';
import { loadLedgers } from '../load/ledgers.mjs';
import { loadRoom, Visitor } from '../load/rooms.mjs';
import { loadTransfers } from '../load/transfers.mjs';
import { loadVault } from '../load/vaults.mjs';

const LedgerWorkers = 6;
const VisitorsOfARoom = 2;
const Transports = ['WebSockets', 'WebSockets', 'ServerSentEvents', 'LongPolling'];

/** Ids that nobody else uses. */
class Ids {
  #count = 0;

  constructor(prefix) {
    this.prefix = prefix;
  }

  next() {
    this.#count++;
    return this.last();
  }

  last() {
    return `${this.prefix}.${this.#count}`;
  }
}

/** Whether the load is over, what it found wrong, and who wants to know of acknowledgements. */
class LoadState {
  isStopped = false;
  faults = [];

  constructor(onAcknowledged) {
    this.acknowledged = onAcknowledged;
    this.stopped = new Promise((resolve) => (this.stop = () => {
      this.isStopped = true;
      resolve();
    }));
  }

  /** Waits, but not beyond the end. */
  pause(milliseconds) {
    return Promise.race([this.stopped, new Promise((resolve) => setTimeout(resolve, milliseconds))]);
  }
}

/** Clients in the generation's rooms, if they are not there yet. */
export function visit(generation, url, faults) {
  if (generation.visitors.length === 0) {
    generation.visitors = generation.rooms.flatMap((record, room) => Array.from(
      { length: VisitorsOfARoom }, (_, i) => new Visitor(record, url, faults, Transports[(room * VisitorsOfARoom + i) % Transports.length])));
  }
}

/** Starts the load; { stop, ended, faults }. */
export function startLoad(generation, { client, random, cycle, tally, hasRestores, onAcknowledged }) {
  const state = new LoadState(onAcknowledged);
  let worker = 0;
  const common = () => ({ client, random: random.fork(), ids: new Ids(`${cycle}.${++worker}`), state, tally, hasRestores });
  const ended = Promise.all([
    ...Array.from({ length: LedgerWorkers }, () => loadLedgers({ records: generation.ledgers, ...common() })),
    loadBells({ records: generation.bells, ...common() }),
    loadCounters({ records: generation.counters, ...common() }),
    ...generation.visitors.map((visitor) => loadRoom({ visitor, ...common() })),
    ...generation.vaults.map((record) => loadVault({ record, ...common() })),
    ...generation.briefs.map((record) => loadBrief({ record, ...common() })),
    ...generation.transfers.map((record) => loadTransfers({ record, ...common() })),
  ]);
  return { stop: state.stop, ended, faults: state.faults };
}
