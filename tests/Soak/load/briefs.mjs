// Counters that are incremented, ended and purged, one thing after the other.

import { answerOf, isLost, unexpected } from './answers.mjs';

const End = 0.15;
const Purge = 0.15;

export async function loadBrief({ record, client, random, state, tally }) {
  const counter = client.object('counter', record.name);
  while (!state.isStopped) {
    const dice = random.next();
    const ends = dice < End + Purge;
    if (ends) {
      record.askEnd();
    } else {
      record.askMore();
    }
    tally.asked++;
    const answer = await answerOf(dice < End ? counter.delete() : ends ? counter.purge() : counter.post('increment'));
    if (isLost(answer)) {
      // Until it has been looked at, nobody knows what it is.
      await state.stopped;
    } else if (ends ? answer.status === 204 || answer.status === 404 : answer.status === 200) {
      state.faults.push(...record.acknowledged(answer.json?.status === 404 ? 0 : answer.json));
      tally.answered++;
      state.acknowledged();
    } else {
      state.faults.push(...unexpected(record.name, answer));
    }
    await state.pause(random.int(0, 10));
  }
}
