// The object class game-room: Connect Four between two, with a clock, spectators, and players who come and go.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Listener } from '../lib/listener.mjs';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { apiKey, baseUrl } from '../lib/target.mjs';
import { until } from '../lib/until.mjs';

const connect = async (t, room, query) => {
  const listener = await Listener.connect('game-room', room.key, ['seat', 'state'], { query });
  t.after(() => listener.leave());
  return listener;
};

const sit = async (room, turnSeconds) => [
  (await room.call('join', { player: 'ann', ...(turnSeconds && { turnSeconds }) })).token,
  (await room.call('join', { player: 'bob' })).token,
];

const play = async (room, tokens, columns) => {
  let state = await room.read('state');
  for (const column of columns) {
    state = await room.call('move', { token: tokens[state.turn === 'red' ? 0 : 1], column });
  }
  return state;
};

test('Two join, play, and four in a row win', async () => {
  const room = fresh('game-room');
  const ann = await room.call('join', { player: 'ann' });
  assert.deepEqual([ann.seat, ann.state.phase, ann.state.turn], ['red', 'waiting', null]);
  const bob = await room.call('join', { player: 'bob' });
  assert.deepEqual([bob.seat, bob.state.phase, bob.state.turn, bob.state.game], ['yellow', 'playing', 'red', 1]);
  const over = await play(room, [ann.token, bob.token], [4, 1, 4, 1, 4, 1, 4]);
  assert.deepEqual([over.phase, over.winner, over.ending], ['over', 'red', 'four']);
  assert.deepEqual(over.board, ['.......', '.......', '...r...', 'y..r...', 'y..r...', 'y..r...']);
  assert.deepEqual(await room.read('state'), over);
  assert.ok(!JSON.stringify(over).includes(ann.token));
});

test('What the rules do not allow is refused, with its code', async () => {
  const room = fresh('game-room');
  const refuse = async (method, args, status, code, ...says) => assertProblem(await room.post(method, args), status, code, ...says);
  await refuse('join', { player: '' }, 400, 'invalid-argument', "'player'");
  await refuse('join', { player: 'x'.repeat(65) }, 400, 'invalid-argument', "'player'");
  await refuse('join', { player: 'ann', turnSeconds: 0.5 }, 400, 'invalid-argument', "'turnSeconds'");
  await refuse('move', { token: 'x', column: 1 }, 403, 'wrong-token');
  assertProblem(await room.describe(), 404, 'unknown-object');
  const ann = (await room.call('join', { player: 'ann' })).token;
  await refuse('move', { token: ann, column: 1 }, 409, 'not-playing');
  await refuse('join', { player: 'ann' }, 409, 'name-taken');
  await refuse('join', { player: 'bob', turnSeconds: 5 }, 409, 'clock-set');
  const bob = (await room.call('join', { player: 'bob' })).token;
  await refuse('join', { player: 'cid' }, 409, 'room-full');
  await refuse('move', { token: bob, column: 1 }, 409, 'not-your-turn');
  await refuse('move', { token: ann, column: 8 }, 400, 'invalid-argument', "'column'");
  await refuse('rematch', { token: ann }, 409, 'not-over');
  await play(room, [ann, bob], [1, 1, 1, 1, 1, 1]);
  await refuse('move', { token: ann, column: 1 }, 409, 'column-full');
});

test('Of ten who join at once two get seats, and of ten moves at once one counts', async () => {
  const room = fresh('game-room');
  const joins = await Promise.all(Array.from({ length: 10 }, (_, i) => room.post('join', { player: `p${i}` })));
  const seats = joins.filter(({ status }) => status === 200).map(({ json }) => json);
  assert.deepEqual(seats.map(({ seat }) => seat).sort(), ['red', 'yellow']);
  const red = seats.find(({ seat }) => seat === 'red').token;
  const moves = await Promise.all(Array.from({ length: 10 }, () => room.post('move', { token: red, column: 3 })));
  assert.equal(moves.filter(({ status }) => status === 200).length, 1);
  assert.ok(moves.every(({ status, json }) => status === 200 || json.code === 'not-your-turn'));
});

test('All hear the same states in the same order, and players play by their sockets', async (t) => {
  const room = fresh('game-room');
  const [ann, bob] = await sit(room);
  const red = await connect(t, room, { token: ann });
  const yellow = await connect(t, room, { token: bob });
  const watcher = await connect(t, room, { role: 'spectator' });
  assert.deepEqual(await red.hears('seat'), { seat: 'red', name: 'ann' });
  assert.deepEqual(await yellow.hears('seat'), { seat: 'yellow', name: 'bob' });
  for (const one of [red, yellow, watcher]) {
    await one.hears('state', ({ phase }) => phase === 'playing');
  }
  for (const [i, column] of [1, 2, 1, 2, 1, 2, 1].entries()) {
    await [red, yellow][i % 2].tell({ move: column });
  }
  await assert.rejects(yellow.tell({ move: 1 }), /No game is on/);
  await assert.rejects(watcher.tell({ move: 1 }), /Spectators watch/);
  await assert.rejects(red.tell({ jump: 1 }), /move/);
  await red.tell({ rematch: true });
  await yellow.tell({ rematch: true });
  await yellow.tell({ move: 7 });
  for (const one of [red, yellow, watcher]) {
    const last = await one.hears('state', ({ game, lastMove }) => game === 2 && lastMove?.column === 7);
    assert.deepEqual([last.board[5], last.turn, last.phase], ['......y', 'red', 'playing']);
    const versions = one.all('state').map(({ version }) => version);
    assert.ok(versions.every((version, i) => i === 0 || version > versions[i - 1]), `versions ${versions}`);
    assert.deepEqual(versions, red.all('state').map(({ version }) => version).slice(-versions.length));
  }
});

test('A player who dropped out finds his place again, and a second connection takes over', async (t) => {
  const room = fresh('game-room');
  const [ann, bob] = await sit(room, 3600);
  const watcher = await connect(t, room, { role: 'spectator' });
  const red = await connect(t, room, { token: ann });
  await red.leave();
  const away = await watcher.hears('state', (state) => state.red.backBy !== null);
  assert.equal(away.phase, 'playing');
  await room.call('move', { token: ann, column: 1 });
  await room.call('move', { token: bob, column: 2 });
  const again = await connect(t, room, { token: ann });
  assert.deepEqual(await again.hears('seat'), { seat: 'red', name: 'ann' });
  const back = await again.hears('state');
  assert.deepEqual([back.board[5], back.turn, back.red.backBy], ['ry.....', 'red', null]);
  const newer = await connect(t, room, { token: ann });
  await again.closed;
  await newer.hears('state');
  await newer.tell({ move: 3 });
  await watcher.hears('state', ({ board }) => board[5] === 'ryr....');
});

test('Who lets the time of a turn run out loses', async (t) => {
  const room = fresh('game-room');
  const watcher = await connect(t, room, { role: 'spectator' });
  const [ann] = await sit(room, 1);
  const over = await watcher.hears('state', ({ phase }) => phase === 'over');
  assert.deepEqual([over.winner, over.ending, over.turnEndsAt], ['yellow', 'timeout', null]);
  assertProblem(await room.post('move', { token: ann, column: 1 }), 409, 'not-playing');
});

test('Who gives up loses, and who gives up alone leaves no room', async (t) => {
  const room = fresh('game-room');
  const { token } = await room.call('join', { player: 'ann' });
  const alone = await connect(t, room, { token });
  await alone.hears('seat');
  await room.call('resign', { token });
  await alone.closed;
  await until('the room is gone', async () => (await room.describe()).status === 404);
  const [, bob] = await sit(room);
  const over = await room.call('resign', { token: bob });
  assert.deepEqual([over.phase, over.winner, over.ending], ['over', 'red', 'resigned']);
});

test('Who comes neither to play nor to watch, or with a token of no seat, is refused with the reason', async (t) => {
  const room = fresh('game-room');
  for (const [query, reason] of [[{}, /token/], [{ role: 'referee' }, /spectator/], [{ token: 'x' }, /of no seat/]]) {
    const one = new Listener('game-room', room.key, ['seat', 'state'], { query });
    t.after(() => one.leave());
    assert.match(String(await one.connection.start().then(() => one.closed, (error) => error)), reason);
  }
});

test('The client program that people are given to try runs as it stands', () => {
  const program = fileURLToPath(new URL('../clients/four-in-a-row.mjs', import.meta.url));
  const run = spawnSync(process.execPath, [program, baseUrl, apiKey ?? ''], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /ann comes back and finds her seat/);
  assert.match(run.stdout, /ann wins/);
});
