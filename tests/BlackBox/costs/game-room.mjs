// What is counted of game-room.

const sit = async (room) => {
  const tokens = [];
  for (const player of ['ann', 'bob']) {
    tokens.push((await room.call('join', { player, turnSeconds: 3600 })).token);
  }
  return tokens;
};

export const operations = {
  'joining, and so beginning a game': async ({ fresh }) => {
    const room = fresh('game-room');
    await room.call('join', { player: 'ann' });
    return () => room.call('join', { player: 'bob' });
  },
  'a move': async ({ fresh }) => {
    const room = fresh('game-room');
    const [ann] = await sit(room);
    return () => room.call('move', { token: ann, column: 4 });
  },
  'a move by socket, seen by two players and ten spectators': async ({ fresh, Listener }) => {
    const room = fresh('game-room');
    const [ann, bob] = await sit(room);
    const queries = [{ token: ann }, { token: bob }, ...Array.from({ length: 10 }, () => ({ role: 'spectator' }))];
    const clients = await Promise.all(queries.map((query) => Listener.connect('game-room', room.key, ['seat', 'state'], { query })));
    return async () => {
      await clients[0].tell({ move: 4 });
      await Promise.all(clients.map((one) => one.hears('state', ({ lastMove }) => lastMove !== null)));
    };
  },
};
