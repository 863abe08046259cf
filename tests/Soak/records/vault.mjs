// What a vault held at which moments: after an acknowledged restore it holds that again, and what it told its tally stays told.

/** Moments that are remembered; which of them go is left to the caller's source of random numbers. */
const MaxMoments = 24;

export class VaultRecord {
  #content = [];
  #maybe;
  #told = [];
  #heard = 0;
  #moments = [];
  #points = [];

  constructor(name) {
    this.name = name;
  }

  get seen() {
    return { after: this.#heard };
  }

  get content() {
    return this.#content;
  }

  /** The vault is about to be asked for something that makes its content this; a put names its item. One thing at a time. */
  ask(content, put) {
    this.#maybe = { content, put };
  }

  acknowledged() {
    this.#decide(true);
  }

  /** What the vault holds now can be returned to: under { bookmark }, { time } or { label }. */
  remember(moment, random, content = this.#content) {
    this.#moments.push({ moment, content, since: Date.now() });
    if (this.#moments.length > MaxMoments) {
      this.#moments.splice(random.int(0, MaxMoments), 1);
    }
  }

  /** A recovery point was acknowledged: { label, bookmark, at, hash }. */
  pointed(point) {
    this.#points.push({ ...point, since: Date.now() });
  }

  /** Moments before a time may be out of reach by now. */
  forget(time) {
    this.#moments = this.#moments.filter(({ since }) => since >= time);
    this.#points = this.#points.filter(({ since }) => since >= time);
  }

  /** A moment to return to: { moment, content }; or nothing. */
  someMoment(random) {
    return this.#moments.length > 0 ? random.of(this.#moments) : undefined;
  }

  /** Compares the vault, its tally and its list of recovery points with what is known of them; what is wrong. */
  absorb({ total, items }, heard, points) {
    const faults = [];
    if (this.#maybe) {
      this.#decide(!same(items, this.#content));
    }
    if (!same(items, this.#content)) {
      faults.push(`it should hold ${describe(this.#content)}, it holds ${describe(items)}`);
    }
    if (total !== items.length) {
      faults.push(`half a turn: the key counts ${total} items, there are ${items.length}`);
    }
    for (const id of heard) {
      const next = this.#told[this.#heard];
      if (id !== next) {
        faults.push(`its tally heard of ${id} where ${next ?? 'nothing'} was the next`);
      }
      this.#heard++;
    }
    for (const { label, bookmark } of this.#points) {
      const listed = points.find((point) => point.label === label);
      if (listed?.bookmark !== bookmark) {
        faults.push(`the recovery point ${label} at ${bookmark} is ${listed ? `listed at ${listed.bookmark}` : 'not listed'}`);
      }
    }
    this.#content = items;
    return faults.map((fault) => `${this.name}: ${fault}`);
  }

  /** What the tally should still hear of. */
  waiting() {
    return this.#heard < this.#told.length
      ? [`${this.name}: its tally has heard of ${this.#heard} items, ${this.#told.length} were added`]
      : [];
  }

  #decide(happened) {
    const { content, put } = this.#maybe;
    this.#maybe = undefined;
    if (happened) {
      this.#content = content;
      if (put !== undefined) {
        this.#told.push(put);
      }
    }
  }
}

const same = (one, other) => one.length === other.length && one.every((item, i) => item === other[i]);

const describe = (items) => `${items.length} items (${items.length > 6 ? [...items.slice(0, 3), '…', ...items.slice(-3)] : items})`;
