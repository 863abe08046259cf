// When a bell was to ring, and whether it did: every acknowledged time, once, and never early.

import { RowLog } from './row-log.mjs';

/** How long an alarm whose handler is told to fail may be late: the retry comes after two seconds. */
const FailurePatience = 4_000;

export class BellRecord {
  #rows = new RowLog('ring', ({ n, id, due, at, scheduled }) => [n, id, due, at, scheduled]);
  #asked = new Map();
  #rung = new Set();
  #waiting = [];

  constructor(name) {
    this.name = name;
  }

  get seen() {
    return { rung: this.#rows.n };
  }

  /** Rings so far. */
  get count() {
    return this.#rung.size;
  }

  ask(id, due, failures = 0) {
    this.#asked.set(id, { due, failures });
  }

  acknowledged(id) {
    this.#asked.get(id).isAcknowledged = true;
  }

  /** Compares the bell with what is known of it; what is wrong. */
  absorb(log) {
    const faults = this.#rows.take(log.rungHash, log.rung);
    const waiting = new Set(log.waiting.map(({ id }) => id));
    for (const { id, due, at, scheduled } of log.rung) {
      const asked = this.#asked.get(id);
      if (this.#rung.has(id)) {
        faults.push(`${id} rang twice`);
      } else if (!asked) {
        faults.push(`${id} rang, though it was not asked for, or was found not to have happened`);
      } else if (asked.due !== due) {
        faults.push(`${id} was set to ${asked.due} and rang for ${due}`);
      }
      if (at < due || at < scheduled) {
        faults.push(`${id} rang early: at ${at}, due ${due}, the alarm set to ${scheduled}`);
      }
      if (waiting.has(id)) {
        faults.push(`half a turn: ${id} rang and still waits`);
      }
      this.#asked.delete(id);
      this.#rung.add(id);
    }
    for (const { id, due } of log.waiting) {
      const asked = this.#asked.get(id);
      if (asked?.due !== due) {
        faults.push(`${id} waits for ${due}, ${asked ? `but was set to ${asked.due}` : 'though it was not asked for, or has rung'}`);
      }
    }
    for (const [id, { isAcknowledged }] of this.#asked) {
      if (!waiting.has(id)) {
        if (isAcknowledged) {
          faults.push(`the acknowledged alarm ${id} is lost`);
        }
        this.#asked.delete(id);
      }
    }
    this.#waiting = log.waiting;
    return faults.map((fault) => `${this.name}: ${fault}`);
  }

  /** What should have rung by a time and had not when the bell was last looked at. */
  overdue(now) {
    return this.#waiting
      .filter(({ id, due }) => due + (this.#asked.get(id)?.failures ? FailurePatience : 0) <= now)
      .map(({ id, due }) => `${this.name}: the alarm ${id}, due ${now - due} ms ago, has not rung`);
  }
}
