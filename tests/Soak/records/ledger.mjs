// What a ledger was asked and what it answered, and whether what it holds agrees with that.

import { RowLog } from './row-log.mjs';

/** The value that a part of a write has. */
export const partOf = (id, i, size) => `${id}/${i}/${'x'.repeat(size)}`;

export class LedgerRecord {
  #writes = new RowLog('write', ({ n, id, parts, values }) =>
    values.length === 0 ? [n, id, parts, '', ''] : values.map((value, i) => [n, id, parts, i, value]));
  #sent = new RowLog('sent signal', ({ n, receiver, seq, id }) => [n, receiver, seq, id]);
  #received = new RowLog('received signal', ({ n, sender, seq, id, route }) => [n, sender, seq, id, route]);

  /** Writes that were asked for, and that nobody has found in the ledger yet. */
  #asked = new Map();
  /** The numbers of the writes that are in the ledger. */
  #numbers = new Map();
  /** Writes under an idempotency key whose fate is not known, to be repeated. */
  #inDoubt = new Map();
  #atLeast = 0;
  #parts = 0;
  /** How often a turn owes a signal about a write to a receiver, less how often it has sent one. */
  #owed = new Map();

  constructor(name, streams) {
    this.name = name;
    this.streams = streams;
  }

  /** Where the next look at the ledger's rows begins. */
  get seen() {
    return { writes: this.#writes.n, sent: this.#sent.n, received: this.#received.n };
  }

  /** A write is about to be asked for: { sizes, route, refuse, oneway, keyed }. */
  ask(id, write) {
    if (!this.#numbers.has(id)) {
      this.#asked.set(id, { ...write });
    }
    this.#inDoubt.delete(id);
  }

  /** The ledger answered with the write's number; with an idempotency key, it may have been a repetition. What is wrong with that. */
  acknowledged(id, n) {
    const before = this.#numbers.get(id) ?? this.#asked.get(id)?.n;
    if (before !== undefined) {
      return before === n ? [] : [`the repeated write ${id} was answered with ${n}, its first time with ${before}`];
    }
    this.#asked.get(id).n = n;
    this.saw(n);
    return [];
  }

  /** The ledger accepted a one-way write. */
  accepted(id) {
    this.#asked.get(id).accepted = true;
  }

  /** The ledger refused a write, after so many others. */
  refused(id, total) {
    this.#asked.get(id).wasRefused = true;
    this.saw(total);
  }

  /** Somebody was told that the ledger holds so many writes. */
  saw(total) {
    this.#atLeast = Math.max(this.#atLeast, total);
  }

  /** A write whose answer got lost and which may be repeated under its key, or one that is to be answered as it was; or nothing. */
  toRepeat() {
    const [first] = this.#inDoubt;
    return first && { id: first[0], write: first[1] };
  }

  /**
   * Compares the ledger with what is known of it; what is wrong. `isSettled` says that one-way writes have had their time: those not
   * there by now will never be. What nobody has acknowledged and is not there has never happened and must not turn up later.
   */
  absorb(log, isSettled) {
    const faults = [
      ...this.#writes.take(log.writesHash, log.writes),
      ...this.#sent.take(log.sentHash, log.sent),
      ...this.#received.take(log.receivedHash, log.received),
    ];
    for (const row of log.writes) {
      faults.push(...this.#found(row));
    }
    for (const row of log.received) {
      this.#owe(row.id, row.route === '' ? undefined : row.route.split(',')[0]);
      faults.push(...this.streams.received(row.sender, this.name, row));
    }
    for (const row of log.sent) {
      if (!this.#pay(row.id, row.receiver)) {
        faults.push(`a signal about ${row.id} to ${row.receiver} is there without the turn that sent it`);
      }
      faults.push(...this.streams.sent(this.name, row.receiver, row));
    }
    for (const owed of this.#owed.keys()) {
      faults.push(`half a turn: the signal ${owed} is missing beside the rows of its turn`);
    }
    this.#owed.clear();
    if (log.total !== this.#writes.n) {
      faults.push(`half a turn: the key counts ${log.total} writes, there are ${this.#writes.n}`);
    }
    if (log.parts !== this.#parts) {
      faults.push(`half a turn: there are ${log.parts} parts, the writes have ${this.#parts}`);
    }
    if (log.total < this.#atLeast) {
      faults.push(`somebody was told of ${this.#atLeast} writes, there are ${log.total}`);
    }
    faults.push(...this.#missing(isSettled));
    return faults.map((fault) => `${this.name}: ${fault}`);
  }

  /** One-way writes that were accepted and are not there yet. */
  waiting() {
    return [...this.#asked].filter(([, write]) => write.accepted).map(([id]) => `${this.name}: the one-way write ${id}`);
  }

  #found(row) {
    this.#parts += row.parts;
    const write = this.#asked.get(row.id);
    if (!write) {
      const before = this.#numbers.get(row.id);
      return [before === undefined
        ? `write ${row.n} (${row.id}) is there, though it was not asked for, or was found not to have happened`
        : `the write ${row.id} is there twice: ${before} and ${row.n}`];
    }
    const faults = [];
    if (write.wasRefused || write.refuse) {
      faults.push(`the write ${row.id} was refused and left something behind`);
    }
    const expected = write.sizes.map((size, i) => partOf(row.id, i, size));
    if (row.parts !== expected.length || row.values.length !== expected.length || row.values.some((value, i) => value !== expected[i])) {
      faults.push(`half a turn: of the ${expected.length} parts of ${row.id}, ${row.values.length} are there, or they are others`);
    }
    if (write.n !== undefined && write.n !== row.n) {
      faults.push(`the write ${row.id} was acknowledged as ${write.n} and is there as ${row.n}`);
    }
    this.#asked.delete(row.id);
    this.#numbers.set(row.id, row.n);
    if (write.keyed && write.n === undefined) {
      this.#inDoubt.set(row.id, write);
    }
    this.#owe(row.id, write.route[0]);
    return faults;
  }

  #missing(isSettled) {
    const faults = [];
    for (const [id, write] of this.#asked) {
      if (write.n !== undefined) {
        faults.push(`the acknowledged write ${id} (${write.n}) is missing`);
      } else if (write.accepted || (write.oneway && !isSettled)) {
        if (!isSettled) {
          continue;
        }
        faults.push(`the accepted one-way write ${id} is missing`);
      } else if (write.keyed) {
        this.#inDoubt.set(id, write);
      }
      this.#asked.delete(id);
    }
    return faults;
  }

  #owe(id, receiver) {
    if (receiver !== undefined) {
      const key = `${id} to ${receiver}`;
      this.#owed.set(key, (this.#owed.get(key) ?? 0) + 1);
    }
  }

  #pay(id, receiver) {
    const key = `${id} to ${receiver}`;
    const owed = this.#owed.get(key);
    if (owed === undefined) {
      return false;
    }
    if (owed === 1) {
      this.#owed.delete(key);
    } else {
      this.#owed.set(key, owed - 1);
    }
    return true;
  }
}
