// Transfers between ledgers by the ready-made workflow; some wait a moment, and some cannot come about and have to be undone.

import { Fund } from '../records/transfer.mjs';
import { answerOf, isLost, unexpected } from './answers.mjs';

const Doomed = 0.25;
const Waits = 0.3;
const MostWaiting = 300;

/** More than an account's name may have. */
const NoAccount = 'x'.repeat(200);

export async function loadTransfers({ record, client, random, ids, state, tally }) {
  if (!record.isFunded) {
    const headers = { 'idempotency-key': `fund-${record.name}` };
    const answer = await answerOf(client.object('account', record.from).post('deposit', ['all', Fund], headers));
    if (answer?.status !== 200) {
      return;
    }
    record.isFunded = true;
  }
  while (!state.isStopped) {
    const id = `${record.name}-${ids.next()}`;
    const isDoomed = random.chance(Doomed);
    record.ask(id, isDoomed);
    tally.asked++;
    const answer = await answerOf(client.post(`/api/workflows/ledger-transfer?id=${id}`, {
      fromLedger: record.from, fromAccount: 'all', toLedger: record.to, toAccount: isDoomed ? NoAccount : 'all', amount: 1,
      notBefore: random.chance(Waits) ? new Date(Date.now() + random.int(1, MostWaiting)).toISOString() : undefined,
    }));
    if (answer?.status === 202) {
      record.accepted(id);
      tally.answered++;
      state.acknowledged();
    } else if (!isLost(answer)) {
      state.faults.push(...unexpected(record.name, answer));
    }
    await state.pause(random.int(0, 20));
  }
}
