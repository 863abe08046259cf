// A client in a chat room: @microsoft/signalr as it comes, and everything it heard, in order.

import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { until } from './until.mjs';
import { apiKey, baseUrl } from './target.mjs';

export class Guest {
  /** What was heard: { target, value }, in order. */
  heard = [];

  constructor(room, author, { url = baseUrl, key = apiKey, transport, reconnect = false } = {}) {
    this.author = author;
    const query = author === undefined ? '' : `?author=${encodeURIComponent(author)}`;
    const builder = new HubConnectionBuilder()
      .withUrl(`${url}/api/objects/chat-room/${encodeURIComponent(room)}${query}`, {
        ...(key && { headers: { 'x-functions-key': key } }),
        ...(transport !== undefined && { transport }),
      })
      .configureLogging(LogLevel.None);
    this.connection = (reconnect ? builder.withAutomaticReconnect([0, 100, 500, 1000, 2000, 5000]) : builder).build();
    for (const target of ['history', 'message', 'joined', 'left']) {
      this.connection.on(target, (value) => this.heard.push({ target, value }));
    }
    this.closed = new Promise((resolve) => this.connection.onclose(resolve));
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
    return this.connection.send('message', text);
  }

  /** Sends a text and waits until it is stored; rejects with the room's refusal. */
  tell(text) {
    return this.connection.invoke('message', text);
  }

  leave() {
    return this.connection.stop();
  }

  /** Everything heard with a target. */
  all(target) {
    return this.heard.filter((one) => one.target === target).map((one) => one.value);
  }

  texts() {
    return this.all('message').map((message) => message.text);
  }

  /** Waits for something with a target, of which the condition holds. */
  hears(target, condition = () => true) {
    return until(`${this.author} hears ${target}`, () => this.all(target).find(condition));
  }

  hearsText(text) {
    return this.hears('message', (message) => message.text === text);
  }
}

export { HttpTransportType };
