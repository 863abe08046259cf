// The objects of ../Host for workerd: the same work, the same SQL, the same routes. The request is handed to the object as it is,
// which takes less of workerd's time than a call by its RPC does.

import { DurableObject } from 'cloudflare:workers';

// All objects of a worker live in one isolate, so a plain variable counts for all of them.
let fired = 0;
let steps = 0;

class Callable extends DurableObject {
  async fetch(request) {
    const method = request.url.slice(request.url.lastIndexOf('/') + 1);
    const hasBody = request.method === 'POST' && request.headers.get('content-length') !== '0';
    const result = await (hasBody ? this[method](...(await request.json())) : this[method]());
    return result === undefined ? new Response(null, { status: 204 }) : Response.json(result);
  }
}

export class Counter extends Callable {
  increment() {
    const { kv } = this.ctx.storage;
    const value = (kv.get('value') ?? 0) + 1;
    kv.put('value', value);
    return value;
  }

  get() {
    return this.ctx.storage.kv.get('value') ?? 0;
  }
}

export class Table extends Callable {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec('CREATE TABLE IF NOT EXISTS item(id INTEGER PRIMARY KEY, team INTEGER NOT NULL, score INTEGER NOT NULL, note TEXT NOT NULL)');
    this.sql.exec('CREATE INDEX IF NOT EXISTS item_team ON item(team, score)');
  }

  fill(rows) {
    this.sql.exec(
      'WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1) ' +
        "INSERT INTO item SELECT i, i % 100, i * 7919 % 10007, printf('note of row %020d', i) FROM n",
      rows);
    return this.count();
  }

  upsert(id, score) {
    this.sql.exec(
      "INSERT INTO item VALUES (?1, ?1 % 100, ?2, printf('note of row %020d', ?1)) ON CONFLICT(id) DO UPDATE SET score = excluded.score",
      id, score);
  }

  best(team) {
    return this.sql.exec('SELECT id, score, note FROM item WHERE team = ? ORDER BY score DESC LIMIT 10', team).toArray();
  }

  count() {
    return this.sql.exec('SELECT count(*) AS n FROM item').one().n;
  }

  score(id) {
    return this.sql.exec('SELECT score FROM item WHERE id = ?', id).one().score;
  }
}

export class Wake extends Callable {
  touches = 0;

  set(value) {
    this.ctx.storage.kv.put('value', value);
  }

  touch() {
    return { value: this.ctx.storage.kv.get('value') ?? 0, touches: ++this.touches };
  }
}

export class Room extends Callable {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec('CREATE TABLE IF NOT EXISTS message(n INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  }

  fetch(request) {
    if (request.headers.get('upgrade') !== 'websocket') {
      return super.fetch(request);
    }
    const { 0: client, 1: server } = new WebSocketPair();
    // Hibernatable: the object may leave memory while the socket stays open.
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  announce(n, text) {
    this.sql.exec('INSERT INTO message VALUES (?, ?)', n, text);
    const message = JSON.stringify({ n, text });
    for (const socket of this.ctx.getWebSockets()) {
      socket.send(message);
    }
  }

  count() {
    return this.sql.exec('SELECT count(*) AS n FROM message').one().n;
  }
}

export class Alarm extends Callable {
  async set(at) {
    this.ctx.storage.kv.put('at', at);
    await this.ctx.storage.setAlarm(at);
  }

  fired() {
    return this.ctx.storage.kv.get('fired') ?? null;
  }

  alarm() {
    const { kv } = this.ctx.storage;
    kv.put('fired', { due: kv.get('at'), at: Date.now() });
    fired++;
  }
}

// What one writes by hand where there are no workflows: an activity's result is stored, and durable, before the next one begins.
export class Chain extends DurableObject {
  async fetch(request) {
    const count = await request.json();
    this.ctx.storage.kv.put('input', count);
    this.ctx.waitUntil(this.run(count));
    return new Response(null, { status: 202 });
  }

  async run(count) {
    const { storage } = this.ctx;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const startedAt = Date.now();
      const result = await this.activity(i);
      storage.kv.put(`step-${i}`, { result, startedAt, endedAt: Date.now() });
      await storage.sync();
      sum += result;
    }
    storage.kv.put('output', sum);
  }

  async activity(i) {
    steps++;
    return i;
  }
}

// What the intake of webhooks is by hand: the signature is verified over the raw bytes, and the delivery stored once by its id.
const secret = crypto.subtle.digest('SHA-256', new TextEncoder().encode("the bench's"))
  .then((key) => crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']));
const Tolerance = 300;

export class Intake extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec('CREATE TABLE IF NOT EXISTS delivery(n INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL)');
  }

  async fetch(request) {
    if (request.method === 'GET') {
      const id = request.url.slice(request.url.lastIndexOf('/') + 1);
      return new Response(null, { status: this.sql.exec('SELECT 1 FROM delivery WHERE id = ?', id).toArray().length === 1 ? 200 : 404 });
    }
    const id = request.headers.get('webhook-id');
    const time = request.headers.get('webhook-timestamp');
    const signature = Uint8Array.from(atob(request.headers.get('webhook-signature').slice('v1,'.length)), (one) => one.charCodeAt(0));
    const body = await request.arrayBuffer();
    const signed = new Uint8Array([...new TextEncoder().encode(`${id}.${time}.`), ...new Uint8Array(body)]);
    if (Math.abs(Date.now() / 1000 - Number(time)) > Tolerance || !(await crypto.subtle.verify('HMAC', await secret, signature, signed))) {
      return new Response(null, { status: 401 });
    }
    const { type } = JSON.parse(new TextDecoder().decode(body));
    const isNew = this.sql.exec('INSERT INTO delivery(id, type, at, body) VALUES (?, ?, ?, ?) ON CONFLICT(id) DO NOTHING', id, type, Date.now(), body).rowsWritten > 0;
    return Response.json({ id, duplicate: !isNew }, { status: isNew ? 202 : 200 });
  }
}

export default {
  fetch(request, env) {
    const [, , , root, what, className, key] = request.url.split('/');
    if (what === 'workflows') {
      return env['bench-chain'].getByName(className).fetch(request);
    }
    if (what === 'webhooks') {
      return env.intake.getByName(key).fetch(request);
    }
    if (what === 'steps') {
      return Response.json(steps);
    }
    return root === 'bench' ? Response.json(fired) : env[className].getByName(key).fetch(request);
  },
};
