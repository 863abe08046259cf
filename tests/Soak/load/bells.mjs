// Alarms for soon, several to a bell; now and then one whose handler fails at first, on a bell of its own.

import { BellRecord } from '../records/bell.mjs';
import { answerOf, isLost, unexpected } from './answers.mjs';

const LongestDelay = 900;
const FailingShare = 0.03;

export async function loadBells({ records, client, random, ids, state, tally }) {
  while (!state.isStopped) {
    const id = ids.next();
    const fails = random.chance(FailingShare);
    const record = fails ? new BellRecord(`failing-${id}`) : random.of(records.filter(({ name }) => !name.startsWith('failing')));
    if (fails) {
      records.push(record);
    }
    const due = Date.now() + random.int(-50, LongestDelay);
    record.ask(id, due, fails ? 1 : 0);
    tally.asked++;
    const answer = await answerOf(client.object('bell', record.name).post('set', { id, due, failures: fails ? 1 : 0 }));
    if (answer?.status === 204) {
      record.acknowledged(id);
      tally.answered++;
      state.acknowledged();
    } else if (!isLost(answer)) {
      state.faults.push(...unexpected(`The alarm ${id} of ${record.name}`, answer));
    }
    await state.pause(random.int(0, 15));
  }
}
