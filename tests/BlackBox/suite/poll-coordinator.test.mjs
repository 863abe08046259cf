// The object class poll-coordinator, with a real web server to poll. The host must have been started with the setting of lib/polling.mjs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Listener } from '../lib/listener.mjs';
import { fresh, freshName } from '../lib/objects.mjs';
import { mayPollHere, Source, whyNotHere } from '../lib/polling.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { until } from '../lib/until.mjs';

test('Arguments out of bounds are 400 and named, and a source that is not there 404', async () => {
  const coordinator = fresh('poll-coordinator');
  const refuse = async (args, name) => assertProblem(await coordinator.post('watch', args), 400, 'invalid-argument', name);
  const url = 'https://cameras.example/';
  await refuse({ source: '', url }, "'source'");
  await refuse({ source: 'x'.repeat(129), url }, "'source'");
  await refuse({ source: 'cam', url: 'ftp://cameras.example/' }, "'url'");
  await refuse({ source: 'cam', url: 'https://ann:secret@cameras.example/' }, "'url'");
  await refuse({ source: 'cam', url: `${url}${'x'.repeat(2048)}` }, "'url'");
  await refuse({ source: 'cam', url, everySeconds: 0.5 }, "'everySeconds'");
  await refuse({ source: 'cam', url, jitter: 1.5 }, "'jitter'");
  await refuse({ source: 'cam', url, format: 'rss' }, "'format'");
  await refuse({ source: 'cam', url, target: { class: 'counter', key: 'id:zz', method: 'increment' } }, 'id');
  await refuse({ source: 'cam' }, "'url'");
  for (const method of ['pause', 'resume', 'pollNow']) {
    assertProblem(await coordinator.post(method, { source: 'none' }), 404, 'unknown-source', "'none'");
  }
  assert.equal(await coordinator.call('unwatch', { source: 'none' }), false);
  for (const limit of [0, 101]) {
    assertProblem(await coordinator.get('items', { limit }), 400, 'invalid-argument', "'limit'");
    assertProblem(await coordinator.get('sources', { limit }), 400, 'invalid-argument', "'limit'");
  }
  assertProblem(await coordinator.describe(), 404, 'unknown-object');
});

describe('A coordinator of polls', { skip: !mayPollHere && whyNotHere }, () => {
  let web;
  const answers = new Map();

  before(async () => {
    web = await Source.start();
    web.answer = (request) => (answers.get(request.path) ?? (() => ({ body: [] })))(request);
  });

  after(() => web.stop());

  const serve = (answer) => {
    const path = `/${freshName('source')}`;
    answers.set(path, answer);
    return { path, url: `${web.url}${path}` };
  };

  const settled = (coordinator, source, condition = () => true) => until(`${source} is polled`, async () => {
    const one = await coordinator.read('source', { source });
    return !one.polling && (one.lastSuccess ?? one.lastError) && condition(one) && one;
  });

  test('hands on what is new and what has changed, in the feed and to clients', async (t) => {
    const coordinator = fresh('poll-coordinator');
    const [all, one, other] = await Promise.all([{}, { source: 'cam' }, { source: 'other' }].map(
      (query) => Listener.connect('poll-coordinator', coordinator.key, ['items'], { query })));
    t.after(() => Promise.all([all, one, other].map((listener) => listener.leave())));
    let body = [{ id: 'a', what: 'lynx' }, { id: 2, what: 'fox' }];
    const { url } = serve(() => ({ body }));

    const watched = await coordinator.call('watch', { source: 'cam', url, everySeconds: 3600 });
    assert.deepEqual([watched.id, watched.polling, watched.everySeconds, watched.format], ['cam', true, 3600, 'items']);
    await settled(coordinator, 'cam', ({ items }) => items === 2);
    body = [{ id: 'a', what: 'lynx' }, { id: 2, what: 'red fox' }, { id: 'c' }];
    await coordinator.call('pollNow', { source: 'cam' });
    const source = await settled(coordinator, 'cam', ({ items }) => items === 4);
    assert.deepEqual([source.failures, source.lastStatus, source.lastError, source.paused], [0, 200, null, false]);
    assert.ok(Date.parse(source.nextAt) > Date.parse(source.lastSuccess) + 0.9 * 3_600_000 - 1);

    const feed = await coordinator.read('items');
    assert.deepEqual(feed.map(({ number, id, changed, content }) => [number, id, changed, content.what]), [
      [1, 'a', false, 'lynx'], [2, '2', false, 'fox'], [3, '2', true, 'red fox'], [4, 'c', false, undefined],
    ]);
    assert.deepEqual((await coordinator.read('items', { after: 2, limit: 1 })).map(({ number }) => number), [3]);
    for (const listener of [all, one]) {
      await until('both portions were heard', () => listener.all('items').length === 2);
      assert.deepEqual(listener.all('items').flat(), feed);
    }
    assert.deepEqual(other.heard, []);
  });

  test('asks on condition, and takes 304 for a success', async () => {
    const coordinator = fresh('poll-coordinator');
    const date = 'Tue, 01 Jan 2030 00:00:00 GMT';
    const { path, url } = serve(({ headers }) => (headers['if-none-match'] === '"v1"' && headers['if-modified-since'] === date
      ? { status: 304 } : { headers: { etag: '"v1"', 'last-modified': date }, body: [{ id: 'a' }] }));
    await coordinator.call('watch', { source: 'cam', url, everySeconds: 1, jitter: 0 });
    const source = await settled(coordinator, 'cam', ({ lastStatus }) => lastStatus === 304);
    assert.deepEqual([source.items, source.failures], [1, 0]);
    assert.equal(web.of(path)[0].headers['if-none-match'], undefined);
    assert.equal((await coordinator.read('items')).length, 1);
    await coordinator.call('unwatch', { source: 'cam' });
  });

  test('never has two polls of one source under way, whoever asks, and one slow source delays no other', async () => {
    const coordinator = fresh('poll-coordinator');
    let release;
    const gate = new Promise((resolve) => (release = resolve));
    const slow = serve(async () => {
      await gate;
      return { body: [{ id: 'late' }] };
    });
    const quick = serve(() => ({ body: [{ id: 'soon' }] }));
    await coordinator.call('watch', { source: 'slow', url: slow.url, everySeconds: 1, jitter: 0 });
    await until('the slow source is asked', () => web.of(slow.path).length === 1);
    await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2
      ? coordinator.call('pollNow', { source: 'slow' })
      : coordinator.call('watch', { source: 'slow', url: slow.url, everySeconds: 1, jitter: 0 }))));
    await coordinator.call('watch', { source: 'quick', url: quick.url, everySeconds: 1, jitter: 0 });
    await until('the quick source is polled twice', () => web.of(quick.path).length >= 2);
    assert.equal(web.of(slow.path).length, 1);
    release();
    await until('the poll that was asked for follows', () => web.of(slow.path).length >= 2);
    assert.equal(web.most.get(slow.path), 1);
    assert.equal(web.most.get(quick.path), 1);
    await coordinator.call('unwatch', { source: 'slow' });
    await coordinator.call('unwatch', { source: 'quick' });
  });

  test('asks a source that fails less and less often, says why, and forgets it when it is well again', async () => {
    const coordinator = fresh('poll-coordinator');
    let isWell = false;
    const { url } = serve(() => (isWell ? { body: { items: [{ id: 'a' }] } } : undefined));
    await coordinator.call('watch', { source: 'cam', url, everySeconds: 1, jitter: 0 });
    const failing = await settled(coordinator, 'cam', ({ failures }) => failures === 1);
    assert.match(failing.lastError, /not reached|broke off/);
    assert.ok(Date.parse(failing.nextAt) > Date.now() - 60_000);
    isWell = true;
    const well = await settled(coordinator, 'cam', ({ failures }) => failures === 0);
    assert.deepEqual([well.items, well.lastError], [1, null]);
    await coordinator.call('unwatch', { source: 'cam' });
  });

  test('leaves a source alone as long as that says, and takes what is no list of items for a failure', async () => {
    const coordinator = fresh('poll-coordinator');
    const busy = serve(() => ({ status: 429, headers: { 'retry-after': '1000' } }));
    const odd = serve(() => ({ body: '<html>' }));
    const large = serve(() => ({ body: JSON.stringify([{ id: 'a', text: 'x'.repeat(600_000) }]) }));
    await coordinator.call('watch', { source: 'busy', url: busy.url });
    await coordinator.call('watch', { source: 'odd', url: odd.url });
    await coordinator.call('watch', { source: 'large', url: large.url });
    const one = await settled(coordinator, 'busy');
    assert.deepEqual([one.lastStatus, one.lastError], [429, 'The source answered 429.']);
    assert.ok(Date.parse(one.nextAt) > Date.now() + 900_000);
    assert.match((await settled(coordinator, 'odd')).lastError, /cannot be used/);
    assert.match((await settled(coordinator, 'large')).lastError, /524,288 bytes/);
    assert.deepEqual(await coordinator.read('items'), []);
    assert.deepEqual((await coordinator.read('sources', { limit: 2 })).cursor, 'large');
    assert.deepEqual((await coordinator.read('sources', { limit: 2, cursor: 'large' })).sources.map(({ id }) => id), ['odd']);
  });

  test('takes a whole body for an item, and pauses and resumes', async () => {
    const coordinator = fresh('poll-coordinator');
    const { path, url } = serve(() => ({ headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'tide: 12 cm' }));
    await coordinator.call('watch', { source: 'tide', url, everySeconds: 1, jitter: 0, format: 'body' });
    await settled(coordinator, 'tide');
    const paused = await coordinator.call('pause', { source: 'tide' });
    assert.equal(paused.paused, true);
    await settled(coordinator, 'tide');
    assert.equal((await coordinator.read('source', { source: 'tide' })).nextAt, null);
    const count = web.of(path).length;
    await coordinator.call('resume', { source: 'tide' });
    await until('it is polled again', () => web.of(path).length > count);
    const [item] = await coordinator.read('items');
    assert.deepEqual([item.id, item.content], ['body', { mediaType: 'text/plain', text: 'tide: 12 cm' }]);
    assert.equal(await coordinator.call('unwatch', { source: 'tide' }), true);
    await until('the coordinator is gone', async () => (await coordinator.describe()).status === 404);
  });
});
