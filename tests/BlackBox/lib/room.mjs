// A client in a chat room.

import { HttpTransportType } from '@microsoft/signalr';
import { Listener } from './listener.mjs';

export class Guest extends Listener {
  constructor(room, author, { key, ...options } = {}) {
    super('chat-room', room, ['history', 'message', 'joined', 'left'], {
      query: author === undefined ? {} : { author },
      ...(key !== undefined && { apiKey: key }),
      ...options,
    });
    this.author = author;
  }

  /** Connects, and waits for the history that every newcomer gets. */
  static async join(room, author, options) {
    const guest = new Guest(room, author, options);
    await guest.connection.start();
    await guest.hears('history');
    return guest;
  }

  /** Sends a text and does not wait for what becomes of it. */
  say(text) {
    return this.send(text);
  }

  texts() {
    return this.all('message').map((message) => message.text);
  }

  hearsText(text) {
    return this.hears('message', (message) => message.text === text);
  }
}

export { HttpTransportType };
