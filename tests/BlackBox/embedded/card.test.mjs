// The command that prints design cards.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { assertCard } from '../lib/cards.mjs';
import { dataFolder, Host } from '../lib/host.mjs';

const print = async (t, ...args) => {
  const program = new Host(t, ['card', ...args]);
  const { code } = await program.exited();
  return { code, output: program.output };
};

test('All cards are printed as a JSON array, with nothing measured, while a host has the folder, and it ends', async (t) => {
  const folder = await dataFolder(t);
  const host = await Host.start(t, folder);
  const { classes } = (await host.client.get('/api/objects')).json;
  const { code, output } = await print(t, '--data', folder);
  assert.equal(code, 0, output);
  const cards = JSON.parse(output);
  assert.deepEqual(cards.map((card) => card.durable_object.name), classes.map(({ name }) => name));
  for (const card of cards) {
    assertCard(card);
    assert.equal(card.performance_characteristics.cold_start_ms, null);
    assert.equal(card.performance_characteristics.hibernation_savings, null);
  }
});

test('One card is printed as an object, and no folder is made', async (t) => {
  const folder = await dataFolder(t);
  const { code, output } = await print(t, 'chat-room', '--data', `${folder}/data`);
  assert.equal(code, 0, output);
  assert.equal(JSON.parse(output).durable_object.name, 'chat-room');
  assert.deepEqual(await readdir(folder), []);
});

test('A class that is not there is said in one sentence', async (t) => {
  for (const name of ['no-such-class', 'workflow']) {
    const { code, output } = await print(t, name);
    assert.equal(code, 1);
    assert.equal(output.trim(), `There is no object class '${name}'.`);
  }
});

test('The retention that is configured is the recovery window', async (t) => {
  const program = new Host(t, ['card', 'counter'], { DurableObjects__Retention: '2.12:00:00' });
  await program.exited();
  assert.equal(JSON.parse(program.output).performance_characteristics.recovery_window_days, 2.5);
});
