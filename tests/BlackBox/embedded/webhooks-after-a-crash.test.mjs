// What was answered 202 is in the queue's storage, and its delivery a workflow: a kill -9 at any moment loses none and changes no order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, freePort, Host } from '../lib/host.mjs';
import { until } from '../lib/until.mjs';
import { pathOf, Receiver, send, webhookSettings } from '../lib/webhooks.mjs';

test('Every webhook is delivered, per customer in order, over five crashes and a receiver that fails at random', async (t) => {
  const folder = await dataFolder(t);
  const port = await freePort();
  const receiver = await Receiver.start(port);
  t.after(() => receiver.stop());
  let turn = 0;
  // Every third fails, each time in another way, and some answers come late.
  receiver.answer = () => [200, 500, 200, 200, undefined, 200][turn++ % 6];
  const environment = webhookSettings(port);
  const [Customers, Events] = [10, 20];
  let host = await Host.start(t, folder, { environment });
  const idOf = (event) => `msg_${event}`;
  const keyOf = (customer) => `customer-${customer}`;

  /** As a sender does: until it is taken, the next event of a customer only after the one before. */
  async function sendAll(customer) {
    for (let event = 0; event < Events; event++) {
      await until(`${idOf(event)} is taken`, async () => {
        try {
          const { status } = await send(host.client, 'shop', keyOf(customer), idOf(event), { type: 'order.paid', customer, event });
          return status === 202 || status === 200;
        } catch {
          return false;
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const sending = Promise.all(Array.from({ length: Customers }, (_, customer) => sendAll(customer)));
  for (let crash = 0; crash < 5; crash++) {
    const before = receiver.arrivals.length;
    await until('some more have arrived', () => receiver.arrivals.length > Math.min(before + 20, Customers * Events));
    await host.kill();
    host = await Host.start(t, folder, { environment });
  }
  await sending;

  for (let customer = 0; customer < Customers; customer++) {
    const key = keyOf(customer);
    const path = (event) => pathOf('shop', key, `/deliveries/${idOf(event)}`);
    await until(`${key} has all`, async () => (await host.client.get(path(Events - 1))).json.state === 'delivered', 60_000);
    const firsts = [...new Set(receiver.of(key).filter((one) => one.status === 200).map((one) => one.id))];
    assert.deepEqual(firsts, Array.from({ length: Events }, (_, event) => idOf(event)));
    for (let event = 0; event < Events; event++) {
      const { state, attempts } = (await host.client.get(path(event))).json;
      assert.equal(state, 'delivered');
      // Those that the host died in stand there too, as interrupted.
      const seen = receiver.of(key).filter((one) => one.id === idOf(event));
      assert.ok(attempts.length >= seen.length, `${seen.length} arrived and ${attempts.length} stand in the trail`);
      assert.equal(attempts.at(-1).outcome, 'delivered');
      const numbers = attempts.map((one) => one.number);
      assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
    }
  }
});
