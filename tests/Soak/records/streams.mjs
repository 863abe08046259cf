// Signals from one object to another: each stream must arrive whole, once and in order.

export class Streams {
  #streams = new Map();

  /** A sender says that it sent a signal: { seq, id }; what is wrong. */
  sent(sender, receiver, { seq, id }) {
    const stream = this.#of(sender, receiver);
    stream.sent.push(id);
    if (seq !== stream.sent.length) {
      return [`signal ${seq} to ${receiver} was sent as number ${stream.sent.length}`];
    }
    return this.#compare(stream, seq, sender);
  }

  /** A receiver says that it received a signal: { seq, id }; what is wrong. */
  received(sender, receiver, { seq, id }) {
    const stream = this.#of(sender, receiver);
    const next = stream.received.length + 1;
    if (seq < next) {
      return [`signal ${seq} of ${sender} (${id}) arrived twice or late: ${next - 1} had arrived`];
    }
    if (seq > next) {
      const fault = `signal ${seq} of ${sender} (${id}) arrived where ${next} was the next`;
      stream.received.length = seq - 1;
      stream.received.push(id);
      return [fault];
    }
    stream.received.push(id);
    return this.#compare(stream, seq, sender);
  }

  /** The streams in which something has not arrived yet, or arrived before anybody saw that it was sent. */
  unsettled() {
    return [...this.#streams]
      .filter(([, { sent, received }]) => sent.length !== received.length)
      .map(([key, { sent, received }]) => `${key}: ${sent.length} signals were sent, ${received.length} have arrived`);
  }

  /** Signals that have arrived. */
  get count() {
    return [...this.#streams.values()].reduce((sum, { received }) => sum + received.length, 0);
  }

  #compare({ sent, received }, seq, sender) {
    const [one, other] = [sent[seq - 1], received[seq - 1]];
    return one === undefined || other === undefined || one === other
      ? []
      : [`signal ${seq} of ${sender} was sent about ${one} and arrived about ${other}`];
  }

  #of(sender, receiver) {
    const key = `${sender} to ${receiver}`;
    if (!this.#streams.has(key)) {
      this.#streams.set(key, { sent: [], received: [] });
    }
    return this.#streams.get(key);
  }
}
