// The ready-made counter, by ones: not less than anybody was told, not more than was asked for.

export class CounterRecord {
  #least = 0;
  #most = 0;
  #answers = new Set();

  constructor(name) {
    this.name = name;
  }

  ask() {
    this.#most++;
  }

  /** An increment was answered with the number after it; what is wrong. */
  acknowledged(value) {
    const faults = this.#answers.has(value) ? [`${this.name}: two increments were answered with ${value}`] : [];
    this.#answers.add(value);
    this.saw(value);
    return faults;
  }

  /** Somebody was told the number. */
  saw(value) {
    this.#least = Math.max(this.#least, value);
  }

  /** Compares the number with what is known of it; what is wrong. What nobody acknowledged is decided by it. */
  absorb(value) {
    const faults = [];
    if (value < this.#least) {
      faults.push(`${this.name}: somebody was told ${this.#least}, it is ${value}`);
    }
    if (value > this.#most) {
      faults.push(`${this.name}: it is ${value}, after ${this.#most} increments at most`);
    }
    this.#least = value;
    this.#most = value;
    return faults;
  }
}
