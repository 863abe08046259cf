// Puts, drops, recovery points and restores of one vault, one after the other, so that it is known what it holds at each moment.

import { Retention } from '../lib/host.mjs';
import { answerOf, isLost, unexpected } from './answers.mjs';

const MaxSize = 3_000;
const ManyItems = 60;
/** Nothing is asked back that could go out of reach on the way. */
const Reach = Retention / 2;

export async function loadVault({ record, client, random, ids, state, tally, hasRestores }) {
  const vault = client.object('vault', record.name);
  while (!state.isStopped) {
    const dice = random.next();
    record.forget(Date.now() - Reach);
    const moment = hasRestores && dice > 0.8 ? record.someMoment(random) : undefined;
    if (moment) {
      await restore(record, vault, moment, random, state, tally);
    } else if (hasRestores && dice > 0.55 && record.content.length > 0) {
      await remember(record, vault, client, random, ids, state);
    } else if (record.content.length > ManyItems || (record.content.length > 3 && dice < 0.1)) {
      const count = random.int(1, record.content.length);
      await change(record, vault.post('drop', { count }), record.content.slice(count), undefined, state, tally);
    } else {
      const [id, size] = [ids.next(), random.int(0, MaxSize)];
      await change(record, vault.post('put', { id, size }), [...record.content, `${id}/${size}`], id, state, tally);
    }
    await state.pause(random.int(0, 10));
  }
}

async function change(record, request, content, put, state, tally) {
  record.ask(content, put);
  tally.asked++;
  const answer = await answerOf(request);
  if (answer?.status === 204) {
    record.acknowledged();
    tally.answered++;
    state.acknowledged();
  } else if (!isLost(answer)) {
    state.faults.push(...unexpected(`A change of ${record.name}`, answer));
  } else {
    // Until the vault has been looked at, nobody knows what it holds.
    await state.stopped;
  }
}

async function remember(record, vault, client, random, ids, state) {
  const dice = random.next();
  if (dice < 0.4) {
    const label = ids.next();
    const answer = await answerOf(client.post(`${vault.path}/recovery-points`, { label }));
    if (answer?.status === 201) {
      record.pointed(answer.json);
      record.remember({ label }, random);
      record.remember({ bookmark: answer.json.bookmark }, random);
      state.acknowledged();
    } else if (!isLost(answer)) {
      state.faults.push(...unexpected(`The recovery point ${label} of ${record.name}`, answer));
    }
  } else if (dice < 0.7) {
    const answer = await answerOf(client.get(`${vault.path}/recovery-points`));
    if (answer?.status === 200) {
      record.remember({ bookmark: answer.json.current }, random);
    } else if (!isLost(answer)) {
      state.faults.push(...unexpected(`The recovery points of ${record.name}`, answer));
    }
  } else {
    // A time that nothing else is near, since commits bear milliseconds.
    await state.pause(3);
    record.remember({ time: new Date().toISOString() }, random);
    await state.pause(3);
  }
}

async function restore(record, vault, { moment, content }, random, state, tally) {
  const before = record.content;
  record.ask(content);
  tally.asked++;
  const answer = await answerOf(vault.client.post(`${vault.path}/restore`, moment));
  if (answer?.status === 200) {
    record.acknowledged();
    record.remember({ bookmark: answer.json.undo }, random, before);
    record.remember({ bookmark: answer.json.current }, random);
    tally.restores++;
    tally.answered++;
    state.acknowledged();
  } else if (!isLost(answer)) {
    state.faults.push(...unexpected(`The restore of ${record.name} to ${JSON.stringify(moment)}`, answer));
  } else {
    await state.stopped;
  }
}
