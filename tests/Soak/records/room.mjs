// What was said in a room over sockets, and who came and went.

import { RowLog } from './row-log.mjs';

export class RoomRecord {
  #messages = new RowLog('message', ({ n, id }) => [n, id]);
  #presence = new RowLog('event', ({ n, socket, event, run }) => [n, socket, event, run]);
  #asked = new Map();
  #numbers = new Map();
  /** What clients heard and is not found in the room yet. */
  #heard = new Map();
  #open = new Map();
  #gone = new Set();
  #lost = [];

  constructor(name) {
    this.name = name;
  }

  get seen() {
    return { messages: this.#messages.n, presence: this.#presence.n };
  }

  ask(id) {
    this.#asked.set(id, {});
  }

  /** The invocation ended without an error. */
  acknowledged(id) {
    if (!this.#numbers.has(id)) {
      this.#asked.get(id).isAcknowledged = true;
    }
  }

  /** A client was told that a message has a number; what is wrong. */
  heard({ n, id }) {
    const before = this.#numbers.get(id) ?? this.#heard.get(id);
    this.#heard.set(id, n);
    return before === undefined || before === n ? [] : [`${this.name}: ${id} was heard as ${before} and as ${n}`];
  }

  /** Compares the room with what is known of it; what is wrong. */
  absorb(log) {
    const faults = [
      ...this.#messages.take(log.messagesHash, log.messages),
      ...this.#presence.take(log.presenceHash, log.presence),
    ];
    for (const { n, id } of log.messages) {
      if (this.#numbers.has(id)) {
        faults.push(`the message ${id} is there twice`);
      } else if (!this.#asked.has(id)) {
        faults.push(`the message ${id} is there, though it was not sent, or was found not to have arrived`);
      }
      this.#asked.delete(id);
      this.#numbers.set(id, n);
    }
    for (const [id, n] of this.#heard) {
      if (this.#numbers.get(id) !== n) {
        faults.push(`${id} was heard as message ${n}, and is ${this.#numbers.has(id) ? `there as ${this.#numbers.get(id)}` : 'missing'}`);
      }
    }
    this.#heard.clear();
    for (const [id, { isAcknowledged }] of this.#asked) {
      if (isAcknowledged) {
        faults.push(`the acknowledged message ${id} is missing`);
      }
    }
    this.#asked.clear();
    for (const { socket, event, run } of log.presence) {
      if (event === 'opened') {
        if (this.#open.has(socket) || this.#gone.has(socket)) {
          faults.push(`the socket ${socket} opened twice`);
        }
        this.#open.set(socket, run);
      } else {
        if (!this.#open.delete(socket)) {
          faults.push(`the socket ${socket} closed ${this.#gone.has(socket) ? 'twice' : 'without having opened'}`);
        }
        this.#gone.add(socket);
      }
    }
    this.#lost = [...this.#open].filter(([, run]) => run !== log.run).map(([socket]) => socket);
    return faults.map((fault) => `${this.name}: ${fault}`);
  }

  /** Sockets of an earlier run of the process that the room had not been told to be gone when it was last looked at. */
  lost() {
    return this.#lost.map((socket) => `${this.name}: the socket ${socket} of an earlier run is not closed`);
  }
}
