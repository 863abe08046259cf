// What is counted of webhooks. The host has the sources of lib/webhooks.mjs: nobody takes what comes from `forge`, and `shop` is forwarded.

import { newId, Receiver, send, sendGitHub } from '../lib/webhooks.mjs';

let receiver;

async function startReceiver(atEnd) {
  if (receiver === undefined) {
    receiver = await Receiver.start(Number(process.env.WEBHOOK_PORT));
    atEnd(async () => {
      await receiver.stop();
      receiver = undefined;
    });
  }
}

export const operations = {
  'a webhook that nobody takes': async ({ fresh }) => {
    const { client, key } = fresh('webhook-queue');
    await sendGitHub(client, key, newId(), 'ping', {});
    return () => sendGitHub(client, key, newId(), 'ping', {});
  },
  'a webhook, and its delivery to an address': async ({ fresh, until, atEnd }) => {
    await startReceiver(atEnd);
    const { client, key } = fresh('webhook-queue');
    await send(client, 'shop', key, newId(), { type: 'order.paid' });
    await until('the first has been forwarded', () => receiver.of(key).length === 1);
    return () => send(client, 'shop', key, newId(), { type: 'order.paid' });
  },
  'a webhook that is known': async ({ fresh }) => {
    const { client, key } = fresh('webhook-queue');
    const id = newId();
    await sendGitHub(client, key, id, 'ping', {});
    return () => sendGitHub(client, key, id, 'ping', {});
  },
};
