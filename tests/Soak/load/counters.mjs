// Increments and reads of the ready-made counters.

import { answerOf, isLost, unexpected } from './answers.mjs';

export async function loadCounters({ records, client, random, state, tally }) {
  while (!state.isStopped) {
    const record = random.of(records);
    const counter = client.object('counter', record.name);
    const isRead = random.chance(0.2);
    if (!isRead) {
      record.ask();
      tally.asked++;
    }
    const answer = await answerOf(isRead ? counter.get('get') : counter.post('increment'));
    if (answer?.status === 200) {
      if (isRead) {
        record.saw(answer.json);
      } else {
        state.faults.push(...record.acknowledged(answer.json));
        tally.answered++;
        state.acknowledged();
      }
    } else if (!isLost(answer)) {
      state.faults.push(...unexpected(`${record.name}`, answer));
    }
    await state.pause(random.int(0, 4));
  }
}
