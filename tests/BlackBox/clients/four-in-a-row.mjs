// Two players and a spectator at a game of Connect Four, over SignalR; one drops out in the middle and comes back.
//
//   node clients/four-in-a-row.mjs http://127.0.0.1:7071 [api-key]

import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';

const [baseUrl = 'http://127.0.0.1:7071', apiKey] = process.argv.slice(2);
const room = `${baseUrl}/api/objects/game-room/table-${Date.now()}`;
const headers = apiKey ? { 'x-functions-key': apiKey } : {};

async function join(player) {
  const response = await fetch(`${room}/join`, {
    method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ player }),
  });
  return response.json();
}

/** A client that keeps the newest state, whatever order they come in. */
async function connect(query) {
  const connection = new HubConnectionBuilder().withUrl(`${room}?${query}`, { headers }).configureLogging(LogLevel.Warning).build();
  const client = { state: { version: -1 }, seat: undefined };
  let look = () => {};
  connection.on('seat', ({ seat }) => (client.seat = seat));
  connection.on('state', (state) => {
    client.state = state.version > client.state.version ? state : client.state;
    look();
  });
  client.until = (condition) => new Promise((resolve) => {
    look = () => condition(client.state) && resolve(client.state);
    look();
  });
  client.move = (column) => connection.invoke('message', { move: column });
  client.leave = () => connection.stop();
  await connection.start();
  return client;
}

const seats = { ann: await join('ann'), bob: await join('bob') };
let ann = await connect(`token=${seats.ann.token}`);
const bob = await connect(`token=${seats.bob.token}`);
const watcher = await connect('role=spectator');

let stones = 0;
for (const column of [4, 3, 4, 3, 4, 3, 4]) {
  const who = stones % 2 === 0 ? ann : bob;
  await who.until(({ turn }) => turn === who.seat);
  await who.move(column);
  stones++;
  const state = await watcher.until(({ board, phase }) => phase === 'over' || board?.join('').match(/[ry]/g)?.length === stones);
  console.log(`${who === ann ? 'ann' : 'bob'} plays ${state.lastMove.column}`);
  if (stones === 4) {
    await ann.leave();
    await watcher.until(({ red }) => red.backBy !== null);
    ann = await connect(`token=${seats.ann.token}`);
    await ann.until(({ turn, red }) => turn === 'red' && red.backBy === null);
    console.log('ann comes back and finds her seat');
  }
}
const { board, winner, red, yellow } = await watcher.until(({ phase }) => phase === 'over');
console.log(board.join('\n'));
console.log(`${winner === 'red' ? red.name : yellow.name} wins`);
await Promise.all([ann, bob, watcher].map((one) => one.leave()));
