// SignalR clients that talk in a room, and come back by themselves whenever the host does.

import { createRequire } from 'node:module';

// The public client, as the black-box suite installs it.
const { HubConnectionBuilder, HubConnectionState, HttpTransportType, LogLevel } =
  createRequire(new URL('../../BlackBox/package.json', import.meta.url))('@microsoft/signalr');

const Reconnect = 40;

export class Visitor {
  #connection;
  #isLeaving = false;

  /** Goes to a room, and again if need be; what it hears is compared with what is known of the room. */
  constructor(record, url, faults, transport) {
    this.record = record;
    this.#connection = new HubConnectionBuilder()
      .withUrl(`${url}/api/objects/room/${record.name}`, { transport: HttpTransportType[transport] })
      .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => (this.#isLeaving ? null : Reconnect) })
      .configureLogging(LogLevel.None)
      .build();
    for (const target of ['stored', 'heard']) {
      this.#connection.on(target, (row) => faults.push(...record.heard(row)));
    }
    this.#connection.onclose(() => this.#start());
    this.#start();
  }

  get isConnected() {
    return this.#connection.state === HubConnectionState.Connected;
  }

  /** Says something; whether it was stored. */
  async says(id) {
    this.record.ask(id);
    try {
      await this.#connection.invoke('message', id);
    } catch {
      return false;
    }
    this.record.acknowledged(id);
    return true;
  }

  async leave() {
    this.#isLeaving = true;
    await this.#connection.stop();
  }

  async #start() {
    while (!this.#isLeaving) {
      try {
        await this.#connection.start();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, Reconnect));
      }
    }
  }
}

/** Has a visitor talk until told to stop. */
export async function loadRoom({ visitor, random, ids, state, tally }) {
  while (!state.isStopped) {
    if (visitor.isConnected) {
      tally.asked++;
      if (await visitor.says(ids.next())) {
        tally.answered++;
        state.acknowledged();
      }
    }
    await state.pause(random.int(1, 15));
  }
}
