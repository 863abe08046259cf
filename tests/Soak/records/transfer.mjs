// Transfers between two ledgers, each of which is a workflow: what was accepted comes to its end, as what it must end as, and the money
// is where the ends say.

/** What the first ledger begins with. */
export const Fund = 1_000_000;

export class TransferRecord {
  #open = new Map();
  #completed = 0;

  constructor(name) {
    this.name = name;
    this.from = `${name}-from`;
    this.to = `${name}-to`;
    this.isFunded = false;
  }

  /** A transfer of 1 is about to be started; a doomed one cannot be put into the second ledger. */
  ask(id, isDoomed) {
    this.#open.set(id, { isDoomed, isAccepted: false });
  }

  accepted(id) {
    this.#open.get(id).isAccepted = true;
  }

  /** Those that have not been seen to have ended. */
  open() {
    return [...this.#open.keys()];
  }

  /** Compares what a transfer's status says with what is known of it; undefined if there is no such workflow. What is wrong. */
  absorb(id, status) {
    const one = this.#open.get(id);
    if (status === undefined) {
      if (one.isAccepted) {
        return [`${this.name}: the transfer ${id} was accepted, and there is none`];
      }
      // Whoever was asked is dead, so it will never be.
      this.#open.delete(id);
      return [];
    }
    one.isAccepted = true;
    if (status.endedAt === null) {
      return [];
    }
    this.#open.delete(id);
    const expected = one.isDoomed ? 'failed' : 'completed';
    this.#completed += status.status === 'completed' ? 1 : 0;
    return status.status === expected ? [] : [`${this.name}: the transfer ${id} has ended as ${status.status}, not ${expected}: ${JSON.stringify(status.error)}`];
  }

  /** Compares the balances, once nothing is open. What is wrong. */
  absorbBalances(from, to) {
    if (!this.isFunded || this.#open.size > 0) {
      return [];
    }
    const faults = [];
    if (from !== Fund - this.#completed) {
      faults.push(`${this.name}: ${this.#completed} transfers were completed, and ${from} of ${Fund} are left`);
    }
    if (to !== this.#completed) {
      faults.push(`${this.name}: ${this.#completed} transfers were completed, and ${to} have arrived`);
    }
    return faults;
  }

  waiting() {
    return this.open().map((id) => `${this.name}: the transfer ${id} has not ended`);
  }
}
