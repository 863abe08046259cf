// Numbers that look random and come again with the same seed (mulberry32).

export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** 0 to below 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from the least to the most, both included. */
  int(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability) {
    return this.next() < probability;
  }

  of(items) {
    return items[this.int(0, items.length - 1)];
  }

  /** A source of its own for somebody who works beside others, so that their order does not matter. */
  fork() {
    return new Random(Math.floor(this.next() * 2 ** 32));
  }
}
