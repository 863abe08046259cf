// Rows that are only ever added, numbered from 1: what was seen of them, as a sum that the object computes too.

import { createHash } from 'node:crypto';

export class RowLog {
  #hash = createHash('sha256');
  #what;
  #columns;

  /** The number of the last row that was seen. */
  n = 0;

  /** What a row is, and its columns in the order of the object's sum. */
  constructor(what, columns) {
    this.#what = what;
    this.#columns = columns;
  }

  /** The sum of all rows up to the last. */
  get digest() {
    return this.#hash.copy().digest('hex');
  }

  /** Takes the object's sum of the rows that were seen, and the rows behind them; what is wrong with them. */
  take(hash, rows) {
    const faults = [];
    if (hash !== this.digest) {
      faults.push(`of the ${this.#what}s up to ${this.n}, which had been seen, some are gone, doubled or changed`);
    }
    for (const row of rows) {
      if (row.n !== this.n + 1) {
        faults.push(`${this.#what} ${row.n} comes after ${this.#what} ${this.n}`);
      }
      this.n = row.n;
      for (const line of this.#lines(row)) {
        this.#hash.update(`${line.join('|')}\n`);
      }
    }
    return faults;
  }

  #lines(row) {
    const columns = this.#columns(row);
    return Array.isArray(columns[0]) ? columns : [columns];
  }
}
