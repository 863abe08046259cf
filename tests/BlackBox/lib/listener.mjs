// A client of an object: @microsoft/signalr as it comes, and everything it heard with the targets it listens to, in order.

import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { apiKey, baseUrl } from './target.mjs';
import { until } from './until.mjs';

export class Listener {
  /** What was heard: { target, value }, in order. */
  heard = [];

  constructor(className, key, targets, { query = {}, url = baseUrl, apiKey: apiKeyOf = apiKey, transport, reconnect = false } = {}) {
    this.name = `${className}/${key}`;
    const text = new URLSearchParams(query).toString();
    const builder = new HubConnectionBuilder()
      .withUrl(`${url}/api/objects/${className}/${encodeURIComponent(key)}${text && `?${text}`}`, {
        ...(apiKeyOf && { headers: { 'x-functions-key': apiKeyOf } }),
        ...(transport !== undefined && { transport }),
      })
      .configureLogging(LogLevel.None);
    this.connection = (reconnect ? builder.withAutomaticReconnect([0, 100, 500, 1000, 2000, 5000]) : builder).build();
    for (const target of targets) {
      this.connection.on(target, (value) => this.heard.push({ target, value }));
    }
    this.closed = new Promise((resolve) => this.connection.onclose(resolve));
  }

  /** Connects; resolves when the host has taken the connection. */
  static async connect(className, key, targets, options) {
    const listener = new Listener(className, key, targets, options);
    await listener.connection.start();
    return listener;
  }

  /** Sends something and does not wait for what becomes of it. */
  send(message) {
    return this.connection.send('message', message);
  }

  /** Sends something and waits until its turn has committed; rejects with the object's refusal. */
  tell(message) {
    return this.connection.invoke('message', message);
  }

  leave() {
    return this.connection.stop();
  }

  /** Everything heard with a target. */
  all(target) {
    return this.heard.filter((one) => one.target === target).map((one) => one.value);
  }

  /** Waits for something with a target, of which the condition holds. */
  hears(target, condition = () => true) {
    return until(`${this.name}'s client hears ${target}`, () => this.all(target).find(condition));
  }
}
