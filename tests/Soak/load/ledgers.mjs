// Writes, one-way writes, refused and repeated ones, reads and hibernation, on all ledgers at once.

import { answerOf, isLost, unexpected } from './answers.mjs';

const MaxHops = 3;
const MaxParts = 4;
const MaxPartSize = 400;

/** Works until told to stop. */
export async function loadLedgers({ records, client, random, ids, state, tally }) {
  const names = records.map(({ name }) => name);
  while (!state.isStopped) {
    const record = random.of(records);
    const ledger = client.object('ledger', record.name);
    const dice = random.next();
    if (dice < 0.08) {
      await count(record, ledger, state);
    } else if (dice < 0.2 && record.toRepeat()) {
      const { id, write } = record.toRepeat();
      await put(record, ledger, id, write, state, tally);
    } else if (dice < 0.23) {
      await answerOf(client.post('/api/hibernate'));
    } else {
      const kind = random.next();
      const write = {
        sizes: Array.from({ length: random.int(0, MaxParts) }, () => random.int(0, MaxPartSize)),
        route: Array.from({ length: random.int(0, MaxHops) }, () => random.of(names)),
        refuse: kind < 0.1,
        oneway: kind >= 0.1 && kind < 0.2,
        keyed: kind >= 0.2 && kind < 0.45,
      };
      await put(record, ledger, ids.next(), write, state, tally);
      if (write.keyed && random.chance(0.3)) {
        await put(record, ledger, ids.last(), write, state, tally);
      }
    }
  }
}

async function put(record, ledger, id, write, state, tally) {
  record.ask(id, write);
  tally.asked++;
  const { sizes, route, refuse, oneway, keyed } = write;
  const answer = await answerOf(
    ledger.post(`write${oneway ? '?oneway=true' : ''}`, { id, sizes, route, refuse }, keyed ? { 'idempotency-key': id } : {}));
  if (isLost(answer)) {
    // A host that is stopping refuses faster than it ends.
    await state.pause(5);
    return;
  }
  tally.answered++;
  if (answer.status === 200 && !refuse && !oneway) {
    state.faults.push(...record.acknowledged(id, answer.json));
  } else if (answer.status === 202 && oneway) {
    record.accepted(id);
  } else if (answer.status === 409 && refuse && answer.json?.code === 'refused') {
    record.refused(id, Number(answer.json.detail));
  } else {
    state.faults.push(...unexpected(`The write ${id} to ${record.name}`, answer));
  }
  state.acknowledged();
}

async function count(record, ledger, state) {
  const answer = await answerOf(ledger.get('count'));
  if (answer?.status === 200) {
    record.saw(answer.json);
  } else if (!isLost(answer)) {
    state.faults.push(...unexpected(`The count of ${record.name}`, answer));
  }
}
