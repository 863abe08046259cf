export const operations = {
  'message of a client, to ten in the room': async ({ fresh, Listener }) => {
    const room = fresh('chat-room');
    const guests = [];
    for (let i = 0; i < 10; i++) {
      guests.push(await Listener.connect('chat-room', room.key, ['history', 'message'], { query: { author: `guest ${i}` } }));
      await guests[i].hears('history');
    }
    return async () => {
      await guests[0].tell('hello');
      await Promise.all(guests.map((guest) => guest.hears('message')));
    };
  },
  'post, with nobody in the room': async ({ fresh }) => {
    const room = fresh('chat-room');
    await room.call('post', { author: 'ada', text: 'hello' });
    return () => room.call('post', { author: 'ada', text: 'hello' });
  },
};
