// The object class leader-election: one leads, the others follow, and whoever watches hears of it. That only administrators have a leader
// step down is tested in tests/Entities.Tests, where callers have roles.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { historyOnTheHost } from '../lib/lease-history.mjs';
import { Listener } from '../lib/listener.mjs';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

async function watch(election) {
  const watcher = await Listener.connect('leader-election', election.key, ['leader']);
  await watcher.hears('leader');
  return watcher;
}

const leaders = (watcher) => watcher.all('leader').map(({ leader }) => leader);

async function electionOf(...candidates) {
  const election = fresh('leader-election');
  const answers = [];
  for (const candidate of candidates) {
    answers.push(await election.call('campaign', { candidate, ttlSeconds: 600 }));
  }
  return { election, term: answers[0]?.term, answers };
}

test('The first to campaign leads, the others follow in their order', async () => {
  const { election, term, answers } = await electionOf('a', 'b', 'c');
  assert.deepEqual(
    answers.map(({ isLeader, leader, position }) => [isLeader, leader, position]),
    [[true, 'a', null], [false, 'a', 1], [false, 'a', 2]]);
  assert.ok(answers.every((one) => one.term === term));
  const state = await election.read('state');
  assert.deepEqual([state.leader, state.term, state.candidates.map(({ name }) => name)], ['a', term, ['b', 'c']]);
});

test('Of many at once one leads, and all agree on which', async () => {
  const election = fresh('leader-election');
  const answers = await Promise.all(
    Array.from({ length: 25 }, (_, i) => election.call('campaign', { candidate: `c${i}`, ttlSeconds: 600 })));
  assert.equal(answers.filter(({ isLeader }) => isLeader).length, 1);
  assert.equal(new Set(answers.map(({ leader }) => leader)).size, 1);
  assert.equal(new Set(answers.map(({ term }) => term)).size, 1);
});

test('Watchers hear who leads when they connect, and then of each change, in order', async () => {
  const election = fresh('leader-election');
  const early = await watch(election);
  const { term } = await election.call('campaign', { candidate: 'a', ttlSeconds: 600 });
  for (const candidate of ['b', 'c', 'd']) {
    await election.call('campaign', { candidate, ttlSeconds: 600 });
  }
  const late = await watch(election);

  assert.equal(await election.call('resign', { candidate: 'a', term }), true);
  const ofB = await early.hears('leader', ({ leader }) => leader === 'b');
  await election.call('handOver', { candidate: 'b', term: ofB.term, to: 'd' });
  await election.call('stepDown');
  await election.call('stepDown');
  for (const watcher of [early, late]) {
    await until('the watcher has heard of the end', () => leaders(watcher).at(-1) === null && leaders(watcher).includes('c'));
  }
  assert.deepEqual(leaders(early), [null, 'a', 'b', 'd', 'c', null]);
  assert.deepEqual(leaders(late), ['a', 'b', 'd', 'c', null]);
  const terms = early.all('leader').map((one) => one.term).filter((one) => one !== null);
  assert.deepEqual(terms, [...new Set(terms)].sort((x, y) => x - y));
  await Promise.all([early.leave(), late.leave()]);
});

test('A leader that falls silent is followed by the next, and can do nothing any more', async () => {
  const election = fresh('leader-election');
  const watcher = await watch(election);
  const { term, expiresAt } = await election.call('campaign', { candidate: 'a', ttlSeconds: 0.3 });
  await election.call('campaign', { candidate: 'b', ttlSeconds: 600 });
  const next = await watcher.hears('leader', ({ leader }) => leader === 'b');
  assert.ok(next.term > term);
  assert.ok(Date.parse(next.electedAt) >= Date.parse(expiresAt));
  assertProblem(await election.post('renew', { candidate: 'a', term, ttlSeconds: 60 }), 409, 'not-leader', "'a'", `${term}`);
  assertProblem(await election.post('handOver', { candidate: 'a', term, to: 'b' }), 409, 'not-leader');
  assert.equal(await election.call('resign', { candidate: 'a', term }), false);
  await watcher.leave();
});

test('Where nobody follows, watchers hear that nobody leads any more', async () => {
  const election = fresh('leader-election');
  const watcher = await watch(election);
  await election.call('campaign', { candidate: 'a', ttlSeconds: 0.2 });
  await until('the watcher has heard of both', () => leaders(watcher).length === 3);
  assert.deepEqual(leaders(watcher), [null, 'a', null]);
  await watcher.leave();
});

test('A follower that does not campaign again leaves the queue, and one that withdraws does at once', async () => {
  const { election } = await electionOf('a', 'b');
  await election.call('campaign', { candidate: 'c', ttlSeconds: 0.2 });
  await until('c is gone', async () => (await election.read('state')).candidates.length === 1);
  assert.equal(await election.call('withdraw', { candidate: 'b' }), true);
  assert.equal(await election.call('withdraw', { candidate: 'b' }), false);
  assert.deepEqual((await election.read('state')).candidates, []);
});

test('A leader hands over only to one that follows, and renews what it has', async () => {
  const { election, term, answers } = await electionOf('a', 'b', 'c');
  assertProblem(await election.post('handOver', { candidate: 'a', term, to: 'x' }), 409, 'not-a-candidate', "'x'");
  const renewed = await election.call('renew', { candidate: 'a', term, ttlSeconds: 900 });
  assert.deepEqual([renewed.isLeader, renewed.term], [true, term]);
  assert.ok(Date.parse(renewed.expiresAt) > Date.parse(answers[0].expiresAt));
  const { leader, term: next } = await election.call('handOver', { candidate: 'a', term, to: 'c' });
  assert.equal(leader, 'c');
  assert.ok(next > term);
  assert.deepEqual((await election.read('state')).candidates.map(({ name }) => name), ['b']);
});

test('Arguments out of bounds are 400 and named, and leave nothing', async () => {
  const election = fresh('leader-election');
  const refuse = async (method, args, name) => assertProblem(await election.post(method, args), 400, 'invalid-argument', name);
  await refuse('campaign', { candidate: '', ttlSeconds: 1 }, "'candidate'");
  await refuse('campaign', { candidate: 'a'.repeat(129), ttlSeconds: 1 }, "'candidate'");
  await refuse('campaign', { candidate: 'a', ttlSeconds: 0 }, "'ttlSeconds'");
  await refuse('campaign', { candidate: 'a', ttlSeconds: 86_401 }, "'ttlSeconds'");
  await refuse('renew', { candidate: 'a', term: 'x', ttlSeconds: 1 }, "'term'");
  await refuse('handOver', { candidate: 'a', term: 1, to: '' }, "'to'");
  assertProblem(await election.describe(), 404, 'unknown-object');
});

// By the clock of this machine, which only a host that was started here is sure to have.
test('What clients see at once could all have been done one thing at a time', { skip: !process.env.HOST_KIND }, () =>
  historyOnTheHost(fresh('leader-election'), 13));
