// The checker itself, on made-up histories: what is right passes, and each kind of wrong is found and named.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { BellRecord } from './records/bell.mjs';
import { BriefRecord } from './records/brief.mjs';
import { CounterRecord } from './records/counter.mjs';
import { LedgerRecord, partOf } from './records/ledger.mjs';
import { RoomRecord } from './records/room.mjs';
import { Streams } from './records/streams.mjs';
import { Fund, TransferRecord } from './records/transfer.mjs';
import { VaultRecord } from './records/vault.mjs';

/** The sum over rows as an object computes it: a line for each, with bars between the columns. */
const sum = (...lines) => createHash('sha256').update(lines.map((line) => `${line}\n`).join('')).digest('hex');
const Nothing = sum();

const found = (faults, pattern) => {
  assert.ok(faults.some((fault) => pattern.test(fault)), `expected a fault like ${pattern}, got ${JSON.stringify(faults)}`);
};

const write = (id, changes) => ({ sizes: [2, 3], route: [], refuse: false, oneway: false, keyed: false, id, ...changes });
const row = (n, id) => ({ n, id, parts: 2, values: [partOf(id, 0, 2), partOf(id, 1, 3)] });
const ledgerLog = (changes) => {
  const writes = changes.writes ?? [];
  return {
    total: writes.length, parts: writes.reduce((all, { values }) => all + values.length, 0), writesHash: Nothing, sentHash: Nothing,
    receivedHash: Nothing, writes, sent: [], received: [], ...changes,
  };
};

/** A ledger that was asked for two writes, a and b, and acknowledged the first. */
function ledger(changes = {}) {
  const record = new LedgerRecord('one', new Streams());
  record.ask('a', write('a', changes));
  record.acknowledged('a', 1);
  record.ask('b', write('b', changes));
  return record;
}

test('A ledger with what was acknowledged is right, with or without what was not', () => {
  assert.deepEqual(ledger().absorb(ledgerLog({ writes: [row(1, 'a')] })), []);
  assert.deepEqual(ledger().absorb(ledgerLog({ writes: [row(1, 'a'), row(2, 'b')] })), []);
});

test('A missing write is found', () => {
  found(ledger().absorb(ledgerLog({ writes: [] })), /acknowledged write a \(1\) is missing/);
  found(ledger().absorb(ledgerLog({ writes: [row(1, 'b')] })), /acknowledged write a \(1\) is missing/);
});

test('A write that lost its number to another is found', () => {
  found(ledger().absorb(ledgerLog({ writes: [row(1, 'b'), row(2, 'a')] })), /a was acknowledged as 1 and is there as 2/);
});

test('A doubled write is found, at once and later', () => {
  found(ledger().absorb(ledgerLog({ writes: [row(1, 'a'), row(2, 'a')] })), /write a is there twice: 1 and 2/);
  found(ledger().absorb(ledgerLog({ writes: [row(1, 'a'), row(1, 'b')] })), /write 1 comes after write 1/);
  const record = ledger();
  const lines = [0, 1].map((i) => `1|a|2|${i}|${partOf('a', i, 2 + i)}`);
  assert.deepEqual(record.absorb(ledgerLog({ writes: [row(1, 'a')] })), []);
  found(record.absorb(ledgerLog({ writesHash: sum(...lines), writes: [row(2, 'a')], total: 2, parts: 4 })), /write a is there twice: 1 and 2/);
});

test('A write that turns up after it was found not to have happened is found', () => {
  const record = ledger();
  const lines = [0, 1].map((i) => `1|a|2|${i}|${partOf('a', i, 2 + i)}`);
  assert.deepEqual(record.absorb(ledgerLog({ writes: [row(1, 'a')] })), []);
  const later = ledgerLog({ writesHash: sum(...lines), writes: [row(2, 'b')], total: 2, parts: 4 });
  found(record.absorb(later), /write 2 \(b\) is there, though/);
});

test('A row that was seen and is gone or changed is found by the sum', () => {
  const record = ledger();
  assert.deepEqual(record.absorb(ledgerLog({ writes: [row(1, 'a')] })), []);
  found(record.absorb(ledgerLog({ total: 1, parts: 2, writesHash: Nothing })), /writes up to 1, .* gone, doubled or changed/);
  for (const which of ['sent', 'received']) {
    found(ledger().absorb(ledgerLog({ writes: [row(1, 'a')], [`${which}Hash`]: sum('1|x') })), new RegExp(`${which} signals up to 0`));
  }
});

test('Half a turn is found: a part, a key, a row of another, a signal', () => {
  const half = { ...row(1, 'a'), values: [partOf('a', 0, 2)] };
  found(ledger().absorb(ledgerLog({ writes: [half] })), /half a turn: of the 2 parts of a, 1/);
  const torn = { ...row(1, 'a'), values: [partOf('a', 0, 2), partOf('a', 1, 4)] };
  found(ledger().absorb(ledgerLog({ writes: [torn] })), /half a turn: of the 2 parts of a, 2 are there, or they are others/);
  found(ledger().absorb(ledgerLog({ writes: [row(1, 'a')], total: 2 })), /half a turn: the key counts 2 writes, there are 1/);
  found(ledger().absorb(ledgerLog({ writes: [row(1, 'a')], parts: 3 })), /half a turn: there are 3 parts, the writes have 2/);
  found(ledger({ route: ['two'] }).absorb(ledgerLog({ writes: [row(1, 'a')] })), /half a turn: the signal a to two is missing/);
});

test('An effect without its write is found', () => {
  const sent = [{ n: 1, receiver: 'two', seq: 1, id: 'b' }];
  found(ledger().absorb(ledgerLog({ writes: [row(1, 'a')], sent })), /signal about b to two is there without the turn/);
});

test('What a refused turn left behind is found', () => {
  const record = ledger();
  record.ask('c', write('c', { refuse: true }));
  record.refused('c', 1);
  found(record.absorb(ledgerLog({ writes: [row(1, 'a'), row(2, 'c')] })), /write c was refused and left something/);
  const other = ledger();
  other.ask('c', write('c', { refuse: true }));
  found(other.absorb(ledgerLog({ writes: [row(1, 'a'), row(2, 'c')] })), /write c was refused and left something/);
});

test('A number that was read, or told with a refusal, and then taken back is found', () => {
  const read = ledger();
  read.saw(2);
  found(read.absorb(ledgerLog({ writes: [row(1, 'a')] })), /told of 2 writes, there are 1/);
  const refused = ledger();
  refused.ask('c', write('c', { refuse: true }));
  refused.refused('c', 2);
  found(refused.absorb(ledgerLog({ writes: [row(1, 'a')] })), /told of 2 writes, there are 1/);
});

test('An accepted one-way write may be late, but not missing', () => {
  const record = ledger();
  record.ask('c', write('c', { oneway: true }));
  record.accepted('c');
  assert.deepEqual(record.absorb(ledgerLog({ writes: [row(1, 'a')] }), false), []);
  assert.equal(record.waiting().length, 1);
  const lines = [0, 1].map((i) => `1|a|2|${i}|${partOf('a', i, 2 + i)}`);
  found(record.absorb(ledgerLog({ writesHash: sum(...lines), total: 1, parts: 2 }), true), /accepted one-way write c is missing/);
});

test('A repetition under an idempotency key gets the first answer, and is not done again', () => {
  const record = ledger({ keyed: true });
  assert.deepEqual(record.absorb(ledgerLog({ writes: [row(1, 'a'), row(2, 'b')] })), []);
  const { id } = record.toRepeat();
  assert.equal(id, 'b');
  record.ask('b', write('b', { keyed: true }));
  assert.equal(record.toRepeat(), undefined);
  assert.deepEqual(record.acknowledged('b', 2), []);
  found(record.acknowledged('b', 3), /repeated write b was answered with 3, its first time with 2/);
  found(record.acknowledged('a', 2), /repeated write a was answered with 2, its first time with 1/);
  const lines = ['a', 'b'].flatMap((one, n) => [0, 1].map((i) => `${n + 1}|${one}|2|${i}|${partOf(one, i, 2 + i)}`));
  const again = ledgerLog({ writesHash: sum(...lines), writes: [row(3, 'b')], total: 3, parts: 6 });
  found(record.absorb(again), /write b is there twice: 2 and 3/);
});

test('A write under a key that did not happen is to be repeated, and then counts', () => {
  const record = ledger({ keyed: true });
  assert.deepEqual(record.absorb(ledgerLog({ writes: [row(1, 'a')] })), []);
  assert.equal(record.toRepeat().id, 'b');
  record.ask('b', record.toRepeat().write);
  assert.deepEqual(record.acknowledged('b', 2), []);
  const lines = [0, 1].map((i) => `1|a|2|${i}|${partOf('a', i, 2 + i)}`);
  found(record.absorb(ledgerLog({ writesHash: sum(...lines), total: 1, parts: 2 })), /acknowledged write b \(2\) is missing/);
});

/** Sends a, b and c from one object to another, and receives what is given. */
function stream(...received) {
  const streams = new Streams();
  const faults = ['a', 'b', 'c'].flatMap((id, i) => streams.sent('one', 'two', { seq: i + 1, id }));
  return [streams, [...faults, ...received.flatMap(([seq, id]) => streams.received('one', 'two', { seq, id }))]];
}

test('Signals that arrive once and in order are right', () => {
  const [streams, faults] = stream([1, 'a'], [2, 'b'], [3, 'c']);
  assert.deepEqual([faults, streams.unsettled(), streams.count], [[], [], 3]);
});

test('A lost signal is found', () => {
  found(stream([1, 'a'], [3, 'c'])[1], /signal 3 of one \(c\) arrived where 2 was the next/);
  found(stream([1, 'a'], [2, 'b'])[0].unsettled(), /one to two: 3 signals were sent, 2 have arrived/);
});

test('A doubled signal is found', () => {
  found(stream([1, 'a'], [2, 'b'], [2, 'b'])[1], /signal 2 of one \(b\) arrived twice or late/);
});

test('A swap in the order of signals is found', () => {
  found(stream([2, 'b'], [1, 'a'])[1], /signal 2 of one \(b\) arrived where 1 was the next/);
  found(stream([1, 'b'], [2, 'a'])[1], /signal 1 of one was sent about a and arrived about b/);
});

test('A signal that nobody sent is found', () => {
  const streams = new Streams();
  assert.deepEqual(streams.received('one', 'two', { seq: 1, id: 'a' }), []);
  found(streams.unsettled(), /0 signals were sent, 1 have arrived/);
  found(streams.sent('one', 'two', { seq: 1, id: 'b' }), /sent about b and arrived about a/);
});

test('A sender that numbers twice is found', () => {
  const streams = new Streams();
  streams.sent('one', 'two', { seq: 1, id: 'a' });
  found(streams.sent('one', 'two', { seq: 1, id: 'b' }), /signal 1 to two was sent as number 2/);
});

/** A bell with one acknowledged alarm, due at 100. */
function bell() {
  const record = new BellRecord('bell');
  record.ask('a', 100);
  record.acknowledged('a');
  record.ask('b', 100);
  return record;
}

const ring = (changes) => ({ n: 1, id: 'a', due: 100, at: 105, scheduled: 100, ...changes });
const bellLog = (changes) => ({ waiting: [], rungHash: Nothing, rung: [], ...changes });

test('An alarm that rang, or still waits, is right', () => {
  assert.deepEqual(bell().absorb(bellLog({ rung: [ring()] })), []);
  const record = bell();
  assert.deepEqual(record.absorb(bellLog({ waiting: [{ id: 'a', due: 100 }] })), []);
  assert.deepEqual(record.overdue(99), []);
  found(record.overdue(150), /alarm a, due 50 ms ago, has not rung/);
});

test('A lost alarm is found', () => {
  found(bell().absorb(bellLog()), /acknowledged alarm a is lost/);
});

test('An early alarm is found', () => {
  found(bell().absorb(bellLog({ rung: [ring({ at: 99 })] })), /a rang early: at 99, due 100/);
  found(bell().absorb(bellLog({ rung: [ring({ scheduled: 200 })] })), /a rang early: .*the alarm set to 200/);
});

test('An alarm that rang twice, for another time, half, or unasked is found', () => {
  found(bell().absorb(bellLog({ rung: [ring(), ring({ n: 2 })] })), /a rang twice/);
  found(bell().absorb(bellLog({ rung: [ring({ due: 90 })] })), /a was set to 100 and rang for 90/);
  found(bell().absorb(bellLog({ rung: [ring()], waiting: [{ id: 'a', due: 100 }] })), /half a turn: a rang and still waits/);
  found(bell().absorb(bellLog({ rung: [ring(), ring({ n: 2, id: 'z' })] })), /z rang, though/);
  found(bell().absorb(bellLog({ waiting: [{ id: 'a', due: 90 }] })), /a waits for 90, but was set to 100/);
  const record = bell();
  assert.deepEqual(record.absorb(bellLog({ rung: [ring()] })), []);
  found(record.absorb(bellLog({ rungHash: sum('1|a|100|105|100'), rung: [ring({ n: 2, id: 'b' })] })), /b rang, though/);
});

/** A room that acknowledged the message a, while b was still on its way. */
function room() {
  const record = new RoomRecord('room');
  record.ask('a');
  record.acknowledged('a');
  record.ask('b');
  return record;
}

const roomLog = (changes) => ({ run: '2', messagesHash: Nothing, messages: [{ n: 1, id: 'a' }], presenceHash: Nothing, presence: [], ...changes });
const event = (n, what, run = '1') => ({ n, socket: 's', event: what, run });

test('A room with what was acknowledged, and all sockets closed, is right', () => {
  const record = room();
  assert.deepEqual(record.heard({ n: 1, id: 'a' }), []);
  assert.deepEqual(record.absorb(roomLog({ presence: [event(1, 'opened'), event(2, 'closed')] })), []);
  assert.deepEqual(record.lost(), []);
});

test('A missing, doubled or unasked message is found', () => {
  found(room().absorb(roomLog({ messages: [] })), /acknowledged message a is missing/);
  found(room().absorb(roomLog({ messages: [{ n: 1, id: 'a' }, { n: 2, id: 'a' }] })), /message a is there twice/);
  found(room().absorb(roomLog({ messages: [{ n: 1, id: 'a' }, { n: 2, id: 'z' }] })), /message z is there, though/);
});

test('A message that was heard, and then taken back or renumbered, is found', () => {
  const gone = room();
  gone.heard({ n: 2, id: 'b' });
  found(gone.absorb(roomLog()), /b was heard as message 2, and is missing/);
  const renumbered = room();
  renumbered.heard({ n: 2, id: 'a' });
  found(renumbered.absorb(roomLog()), /a was heard as message 2, and is there as 1/);
  found(renumbered.heard({ n: 3, id: 'a' }), /a was heard as 1 and as 3/);
});

test('A socket of an earlier run that is not closed, or closed twice, is found', () => {
  const record = room();
  assert.deepEqual(record.absorb(roomLog({ presence: [event(1, 'opened')] })), []);
  found(record.lost(), /the socket s of an earlier run is not closed/);
  found(room().absorb(roomLog({ presence: [event(1, 'opened'), event(2, 'closed'), event(3, 'closed')] })), /closed twice/);
  found(room().absorb(roomLog({ presence: [event(1, 'closed')] })), /closed without having opened/);
  found(room().absorb(roomLog({ presence: [event(1, 'opened'), event(2, 'opened')] })), /opened twice/);
  const present = room();
  present.absorb(roomLog({ presence: [event(1, 'opened', '2')] }));
  assert.deepEqual(present.lost(), []);
});

test('A counter that lost, or doubled, an increment is found', () => {
  const counter = () => {
    const record = new CounterRecord('counter');
    record.ask();
    assert.deepEqual(record.acknowledged(1), []);
    record.ask();
    return record;
  };
  assert.deepEqual(counter().absorb(1), []);
  assert.deepEqual(counter().absorb(2), []);
  found(counter().absorb(0), /told 1, it is 0/);
  found(counter().absorb(3), /it is 3, after 2 increments at most/);
  found(counter().acknowledged(1), /two increments were answered with 1/);
  const decided = counter();
  decided.absorb(1);
  found(decided.absorb(2), /it is 2, after 1 increments at most/);
  const read = counter();
  read.saw(2);
  found(read.absorb(1), /told 2, it is 1/);
});

test('An object that came back after its end, or lost what came after it, is found', () => {
  const ended = (more) => {
    const record = new BriefRecord('brief');
    record.askMore();
    assert.deepEqual(record.acknowledged(1), []);
    record.askEnd();
    assert.deepEqual(record.acknowledged(), []);
    for (let i = 1; i <= more; i++) {
      record.askMore();
      assert.deepEqual(record.acknowledged(i), []);
    }
    return record;
  };
  assert.deepEqual(ended(0).absorb(0, false), []);
  assert.deepEqual(ended(2).absorb(2, true), []);
  found(ended(0).absorb(1, true), /should be 0, it is 1/);
  found(ended(0).absorb(0, true), /it is 0 and exists/);
  found(ended(2).absorb(1, true), /should be 2, it is 1/);
  found(ended(2).absorb(2, false), /it is 2 and does not exist/);
  const late = ended(1);
  late.askMore();
  found(late.acknowledged(3), /answered 3 where 2 was the next/);
  const unknown = ended(1);
  unknown.askEnd();
  assert.deepEqual(unknown.absorb(0, false), []);
  found(unknown.absorb(1, true), /should be 0, it is 1/);
});

/** A vault that acknowledged a and b, and was then asked for c. */
function vault() {
  const record = new VaultRecord('vault');
  for (const id of ['a', 'b']) {
    record.ask([...record.content, id], id);
    record.acknowledged();
  }
  record.ask(['a', 'b', 'c'], 'c');
  return record;
}

const holds = (...items) => ({ total: items.length, items });

test('A vault with what was acknowledged is right, with or without what was not', () => {
  assert.deepEqual(vault().absorb(holds('a', 'b'), ['a', 'b'], []), []);
  const record = vault();
  assert.deepEqual(record.absorb(holds('a', 'b', 'c'), ['a', 'b'], []), []);
  found(record.waiting(), /heard of 2 items, 3 were added/);
  assert.deepEqual(record.absorb(holds('a', 'b', 'c'), ['c'], []), []);
  assert.deepEqual(record.waiting(), []);
});

test('A restore that gave another content, lost a later write, or half of it, is found', () => {
  const restored = () => {
    const record = vault();
    record.absorb(holds('a', 'b'), ['a', 'b'], []);
    record.ask(['a']);
    record.acknowledged();
    return record;
  };
  assert.deepEqual(restored().absorb(holds('a'), [], []), []);
  found(restored().absorb(holds('a', 'b'), [], []), /should hold 1 items \(a\), it holds 2 items/);
  found(restored().absorb({ total: 2, items: ['a'] }, [], []), /half a turn: the key counts 2 items, there are 1/);
  const later = restored();
  later.ask(['a', 'd'], 'd');
  later.acknowledged();
  found(later.absorb(holds('a'), [], []), /should hold 2 items/);
});

test('A signal that a restore lost or repeated is found', () => {
  found(vault().absorb(holds('a', 'b'), ['a', 'a'], []), /heard of a where b was the next/);
  found(vault().absorb(holds('a', 'b'), ['b'], []), /heard of b where a was the next/);
  found(vault().absorb(holds('a', 'b'), ['a', 'b', 'c'], []), /heard of c where nothing was the next/);
});

test('A recovery point that is not listed, or elsewhere, is found', () => {
  const record = vault();
  record.pointed({ label: 'here', bookmark: '7' });
  found(record.absorb(holds('a', 'b'), ['a', 'b'], []), /recovery point here at 7 is not listed/);
  found(record.absorb(holds('a', 'b'), [], [{ label: 'here', bookmark: '8' }]), /recovery point here at 7 is listed at 8/);
  assert.deepEqual(record.absorb(holds('a', 'b'), [], [{ label: 'here', bookmark: '7' }]), []);
});

/** Two transfers, the second of which cannot come about; both were accepted. */
function transfers() {
  const record = new TransferRecord('one');
  record.isFunded = true;
  record.ask('a', false);
  record.ask('b', true);
  record.accepted('a');
  record.accepted('b');
  return record;
}

const ended = (status) => ({ status, endedAt: '2030-01-01T00:00:00Z', error: null });

test('Transfers that end as they must, with the money where it belongs, are right', () => {
  const record = transfers();
  assert.equal(record.waiting().length, 2);
  assert.deepEqual(record.absorb('a', { status: 'running', endedAt: null }), []);
  assert.deepEqual(record.absorb('a', ended('completed')), []);
  assert.deepEqual(record.absorb('b', ended('failed')), []);
  assert.deepEqual(record.waiting(), []);
  assert.deepEqual(record.absorbBalances(Fund - 1, 1), []);
});

test('A transfer that was accepted and is gone is found', () => {
  found(transfers().absorb('a', undefined), /the transfer a was accepted, and there is none/);
});

test('A transfer that nobody accepted may be or not be', () => {
  const record = transfers();
  record.ask('c', false);
  assert.deepEqual(record.absorb('c', undefined), []);
  assert.equal(record.waiting().length, 2);
  record.ask('d', false);
  assert.deepEqual(record.absorb('d', ended('completed')), []);
});

test('A transfer that ends as it must not is found', () => {
  found(transfers().absorb('a', ended('failed')), /a has ended as failed, not completed/);
  found(transfers().absorb('b', ended('completed')), /b has ended as completed, not failed/);
});

test('Money that was made or lost is found', () => {
  for (const [from, to] of [[Fund, 1], [Fund - 1, 0], [Fund - 2, 1], [Fund - 1, 2]]) {
    const record = transfers();
    record.absorb('a', ended('completed'));
    record.absorb('b', ended('failed'));
    assert.equal(record.absorbBalances(from, to).length, 1);
  }
});
