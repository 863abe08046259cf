// A counter that is ended and made anew: after an acknowledged end nothing of it is left, whether its history went too or not.

export class BriefRecord {
  #value = 0;
  #maybe = 0;

  constructor(name) {
    this.name = name;
  }

  /** It is about to be incremented. One thing at a time. */
  askMore() {
    this.#maybe = this.#value + 1;
  }

  /** It is about to be ended. */
  askEnd() {
    this.#maybe = 0;
  }

  /** It answered, to an increment with the number after it; what is wrong. */
  acknowledged(value = 0) {
    this.#value = this.#maybe;
    return value === this.#value ? [] : [`${this.name}: it answered ${value} where ${this.#value} was the next`];
  }

  /** Compares it with what is known of it: its number, and whether there is such an object; what is wrong. */
  absorb(value, exists) {
    const faults = [];
    if (value !== this.#value && value !== this.#maybe) {
      const either = this.#value === this.#maybe ? '' : ` or ${this.#maybe}`;
      faults.push(`${this.name}: it should be ${this.#value}${either}, it is ${value}`);
    }
    if (exists !== value > 0) {
      faults.push(`${this.name}: it is ${value} and ${exists ? 'exists' : 'does not exist'}`);
    }
    this.#value = value;
    this.#maybe = value;
    return faults;
  }
}
