// Three people in a chat room, over SignalR: they talk, the objects hibernate in between, one drops and comes back.
//
//   node clients/three-in-a-room.mjs http://127.0.0.1:7071 [api-key]

import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';

const [baseUrl = 'http://127.0.0.1:7071', apiKey] = process.argv.slice(2);
const room = `lobby-${Date.now()}`;
const headers = apiKey ? { 'x-functions-key': apiKey } : {};

async function join(author) {
  const connection = new HubConnectionBuilder()
    .withUrl(`${baseUrl}/api/objects/chat-room/${room}?author=${author}`, { headers })
    .withAutomaticReconnect()
    .configureLogging(LogLevel.Warning)
    .build();
  const hears = (what) => console.log(`  ${author} ${what}`);
  const arrived = new Promise((resolve) => connection.on('history', (messages) => {
    hears(`finds ${messages.length === 0 ? 'an empty room' : messages.map((one) => `"${one.text}"`).join(', ')}`);
    resolve();
  }));
  const heard = new Map();
  connection.on('message', (message) => {
    hears(`hears ${message.author}: ${message.text}`);
    heard.get(message.text)?.();
  });
  connection.on('joined', (who) => hears(`sees ${who.author} come`));
  connection.on('left', (who) => hears(`sees ${who.author} go`));
  await connection.start();
  await arrived;
  return {
    say: (text) => connection.invoke('message', text),
    hears: (text) => new Promise((resolve) => heard.set(text, resolve)),
    leave: () => connection.stop(),
  };
}

async function say(text, speaker, everyone) {
  const heard = everyone.map((one) => one.hears(text));
  await speaker.say(text);
  await Promise.all(heard);
}

async function hibernate() {
  const response = await fetch(`${baseUrl}/api/hibernate`, { method: 'POST', headers });
  console.log(response.ok ? 'Every idle object hibernates; the sockets stay open.' : 'This host hibernates when it sees fit.');
}

console.log(`Three join the room ${room}.`);
const ann = await join('ann');
const bob = await join('bob');
let cid = await join('cid');

console.log('They talk.');
await say('hello', ann, [ann, bob, cid]);
await say('hi ann', bob, [ann, bob, cid]);
await hibernate();
await say('anyone still there?', cid, [ann, bob, cid]);

console.log('Cid drops out, and misses something.');
await cid.leave();
await say('cid has gone', ann, [ann, bob]);
await hibernate();

console.log('Cid comes back.');
cid = await join('cid');
await say('what did I miss?', cid, [ann, bob, cid]);

const history = await fetch(`${baseUrl}/api/objects/chat-room/${room}/history`, { headers });
console.log(`The room remembers ${(await history.json()).length} messages.`);
await Promise.all([ann, bob, cid].map((one) => one.leave()));
