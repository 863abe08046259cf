// The objects that are under load together. After a while others take their place, so that what has to be read after each crash does
// not grow without end; those that retired are still looked at, one generation after each crash and all in the end.

import { BellRecord } from '../records/bell.mjs';
import { BriefRecord } from '../records/brief.mjs';
import { CounterRecord } from '../records/counter.mjs';
import { LedgerRecord } from '../records/ledger.mjs';
import { RoomRecord } from '../records/room.mjs';
import { Streams } from '../records/streams.mjs';
import { TransferRecord } from '../records/transfer.mjs';
import { VaultRecord } from '../records/vault.mjs';

const Ledgers = 6;
const Bells = 3;
const Counters = 4;
const Rooms = 2;
const Vaults = 2;
const Briefs = 2;
const Transfers = 2;

const make = (count, one) => Array.from({ length: count }, (_, i) => one(i + 1));

export class Generation {
  streams = new Streams();
  visitors = [];

  constructor(number) {
    this.number = number;
    const name = (what, i) => `${what}-${number}-${i}`;
    this.ledgers = make(Ledgers, (i) => new LedgerRecord(name('ledger', i), this.streams));
    this.bells = make(Bells, (i) => new BellRecord(name('bell', i)));
    this.counters = make(Counters, (i) => new CounterRecord(name('counter', i)));
    this.rooms = make(Rooms, (i) => new RoomRecord(name('room', i)));
    this.vaults = make(Vaults, (i) => new VaultRecord(name('vault', i)));
    this.briefs = make(Briefs, (i) => new BriefRecord(name('brief', i)));
    this.transfers = make(Transfers, (i) => new TransferRecord(name('transfer', i)));
  }

  /** What was asked for and has not come about yet, as of the last look at all objects. */
  unsettled(now) {
    return [
      ...this.streams.unsettled(),
      ...this.ledgers.flatMap((one) => one.waiting()),
      ...this.bells.flatMap((one) => one.overdue(now)),
      ...this.rooms.flatMap((one) => one.lost()),
      ...this.vaults.flatMap((one) => one.waiting()),
      ...this.transfers.flatMap((one) => one.waiting()),
    ];
  }

  async retire() {
    await Promise.all(this.visitors.map((visitor) => visitor.leave()));
    this.visitors = [];
  }
}
