// The object class document: @codemirror/collab as it comes, against its authority.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collab, getSyncedVersion, sendableUpdates } from '@codemirror/collab';
import { ChangeSet, EditorState, Text } from '@codemirror/state';
import { call, share } from '../clients/shared-document.mjs';
import { random } from '../lib/history.mjs';
import { Listener } from '../lib/listener.mjs';
import { fresh } from '../lib/objects.mjs';
import { assertProblem } from '../lib/problems.mjs';
import { apiKey, baseUrl } from '../lib/target.mjs';
import { until } from '../lib/until.mjs';

const Pieces = ['a', 'bc', ' ', '🙂', '𝔘', 'é', '\n', 'x\ny', '\n\n', '語', '"\\', '\u2028'];

let editors = 0;

/** An editor without a screen: a state, and what is to be done when it has changed. */
class Editor {
  heard = { cursors: new Map(), left: [] };
  changes = 0;

  static async open(document, name, { fetch = globalThis.fetch } = {}) {
    const editor = new Editor();
    editor.document = document;
    editor.url = baseUrl + document.path;
    editor.options = {
      name, fetch, retryAfter: 20,
      ...(apiKey && { headers: { 'x-functions-key': apiKey } }),
      onCursor: (cursor) => editor.heard.cursors.set(cursor.clientID, cursor),
      onLeft: (who) => editor.heard.left.push(who.clientID),
      onGone: (error) => (editor.gone = error),
    };
    await editor.load();
    return editor;
  }

  async load() {
    const { version, doc } = await call(this.url, 'getDocument', {}, this.options);
    this.clientID = `${this.options.name}-${++editors}`;
    this.gone = undefined;
    this.state = EditorState.create({ doc, extensions: [collab({ startVersion: version, clientID: this.clientID })] });
    this.shared = await share(this.url, this, this.options);
  }

  dispatch(transaction) {
    this.state = transaction.state;
  }

  edit(...changes) {
    const transaction = this.state.update({ changes });
    this.changes += transaction.changes.empty ? 0 : 1;
    this.dispatch(transaction);
    this.shared.changed();
  }

  select(anchor, head = anchor) {
    this.state = this.state.update({ selection: { anchor, head } }).state;
    this.shared.moved();
  }

  get text() {
    return this.state.doc.toString();
  }

  get version() {
    return getSyncedVersion(this.state);
  }

  get hasUnconfirmed() {
    return sendableUpdates(this.state).length > 0;
  }
}

const open = async (t, document, name, options) => {
  const editor = await Editor.open(document, name, options);
  t.after(() => editor.shared.stop());
  return editor;
};

const outsidePairs = (text, at) => (/[\uDC00-\uDFFF]/.test(text.charAt(at)) && at > 0 ? at - 1 : at);

/** One to three changes of a text at random places, none of which tears a surrogate pair apart. */
function randomChanges(text, { below, of }) {
  const places = Array.from({ length: 2 * (1 + below(3)) }, () => outsidePairs(text, below(text.length + 1))).sort((a, b) => a - b);
  const changes = [];
  for (let i = 0; i < places.length; i += 2) {
    const to = below(3) === 0 ? Math.min(places[i + 1], outsidePairs(text, places[i] + 8)) : places[i];
    changes.push({ from: places[i], to: Math.max(to, places[i]), insert: Array.from({ length: below(4) }, () => of(Pieces)).join('') });
  }
  return changes;
}

async function assertConverge(document, all) {
  const has = async () => {
    const { version } = await document.read('getDocument');
    return all.every((editor) => !editor.hasUnconfirmed && editor.version === version);
  };
  await until('all editors have everything', has);
  const { doc } = await document.read('getDocument');
  for (const editor of all) {
    assert.equal(editor.gone, undefined);
    assert.equal(editor.text, doc);
  }
  return doc;
}

test('Five real editors at once end with the text of the document, though some come and go and answers are lost', async (t) => {
  const document = fresh('document');
  const chance = random(20300101);
  const lossy = async (url, options) => {
    const response = await fetch(url, options);
    if (url.endsWith('/pushUpdates') && chance.below(4) === 0) {
      throw new TypeError('The answer was lost.');
    }
    return response;
  };
  const all = await Promise.all(Array.from({ length: 5 }, (_, i) => open(t, document, `e${i}`, { fetch: i === 1 ? lossy : fetch })));
  await Promise.all(all.map(async (editor, i) => {
    for (let n = 0; n < 25; n++) {
      editor.edit(...randomChanges(editor.text, chance));
      if (n % 8 === 7 && i >= 3) {
        await editor.shared.connection.stop();
        editor.edit(...randomChanges(editor.text, chance));
        await editor.shared.connection.start();
      }
      await new Promise((resolve) => setTimeout(resolve, chance.below(20)));
    }
  }));
  const doc = await assertConverge(document, all);
  assert.ok(doc.isWellFormed?.() ?? true);
  // Nothing happened twice: the updates, taken by the library itself, make the same text.
  let text = Text.of(['']);
  let count = 0;
  for (let page; (page = await document.call('pullUpdates', { version: count })).length > 0; count += page.length) {
    text = page.reduce((before, update) => ChangeSet.fromJSON(update.changes).apply(before), text);
  }
  assert.equal(text.toString(), doc);
  assert.equal(count, all.reduce((sum, editor) => sum + editor.changes, 0), 'each change came once');
});

test('Any change set of the library is applied as the library does', async () => {
  const document = fresh('document');
  const chance = random(7);
  let text = Text.of(['']);
  const updates = [];
  for (let i = 0; i < 300; i++) {
    const changes = ChangeSet.of(randomChanges(text.toString(), chance), text.length);
    text = changes.apply(text);
    updates.push({ clientID: 'ann', changes: changes.toJSON() });
  }
  assert.equal(await document.call('pushUpdates', { version: 0, updates }), true);
  assert.deepEqual(await document.read('getDocument'), { version: 300, doc: text.toString() });
  assert.deepEqual(await document.read('pullUpdates', { version: 0 }), updates);
});

test('A push on an older version is refused, and a repeated one does not happen twice', async () => {
  const document = fresh('document');
  const push = { version: 0, updates: [{ clientID: 'ann', changes: [[0, 'hello']] }] };
  assert.equal(await document.call('pushUpdates', push), true);
  assert.equal(await document.call('pushUpdates', push), false);
  assert.deepEqual(await document.read('getDocument'), { version: 1, doc: 'hello' });
  assert.deepEqual(await document.read('pullUpdates', { version: 0 }), push.updates);
});

test('Of many that push at once on one version one is accepted', async () => {
  const document = fresh('document');
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) =>
    document.call('pushUpdates', { version: 0, updates: [{ clientID: `c${i}`, changes: [[0, `${i}`]] }] })));
  assert.equal(answers.filter((accepted) => accepted).length, 1);
  assert.equal((await document.read('getDocument')).doc, `${answers.indexOf(true)}`);
});

test('Editors see each other\'s cursors where they belong, newcomers too, and who has left', async (t) => {
  const document = fresh('document');
  const [ann, bob] = [await open(t, document, 'ann'), await open(t, document, 'bob')];
  ann.edit({ from: 0, insert: 'hello world' });
  await assertConverge(document, [ann, bob]);
  ann.select(6, 11);
  const seen = await until('bob sees ann', () => bob.heard.cursors.get(ann.clientID));
  assert.deepEqual([seen.name, seen.anchor, seen.head, seen.version], ['ann', 6, 11, 1]);
  bob.edit({ from: 0, insert: '🙂 ' });
  await assertConverge(document, [ann, bob]);
  const cid = await open(t, document, 'cid');
  const found = await until('cid sees ann', () => cid.heard.cursors.get(ann.clientID));
  assert.deepEqual([found.anchor, found.head, found.version], [9, 14, 2]);
  await ann.shared.stop();
  await until('both hear that ann has left', () => [bob, cid].every((one) => one.heard.left.includes(ann.clientID)));
});

test('A version is saved, and restored for all who edit', async (t) => {
  const document = fresh('document');
  const [ann, bob] = [await open(t, document, 'ann'), await open(t, document, 'bob')];
  ann.edit({ from: 0, insert: 'one\ntwo\nthree' });
  await assertConverge(document, [ann, bob]);
  const saved = await document.call('saveVersion', { name: 'draft' });
  assert.deepEqual([saved.name, saved.version, saved.characters], ['draft', 1, 13]);
  bob.edit({ from: 4, to: 7, insert: '2' });
  await assertConverge(document, [ann, bob]);
  assert.deepEqual(await document.read('version', { name: 'draft' }), { version: 1, doc: 'one\ntwo\nthree' });
  assert.equal(await document.call('restoreVersion', { name: 'draft', author: 'ann' }), 3);
  assert.equal(await assertConverge(document, [ann, bob]), 'one\ntwo\nthree');
  assert.deepEqual((await document.read('versions')).map((one) => one.name), ['draft']);
  const history = await document.read('history');
  assert.deepEqual(history.map(({ clientID, author, fromVersion, version, inserted, deleted }) =>
    [clientID, author, fromVersion, version, inserted, deleted]), [
    ['document', 'ann', 2, 3, 3, 1], [bob.clientID, 'bob', 1, 2, 1, 3], [ann.clientID, 'ann', 0, 1, 13, 0],
  ]);
  assertProblem(await document.post('saveVersion', { name: 'draft' }), 409, 'version-exists', 'draft');
  assert.equal(await document.call('deleteVersion', { name: 'draft' }), true);
  assertProblem(await document.get('version', { name: 'draft' }), 404, 'unknown-version', 'draft');
});

test('An editor that was away when the log was folded is told, and loads anew', async (t) => {
  const document = fresh('document');
  const [ann, bob] = [await open(t, document, 'ann'), await open(t, document, 'bob')];
  ann.edit({ from: 0, insert: 'a' });
  await assertConverge(document, [ann, bob]);
  await bob.shared.connection.stop();
  ann.edit({ from: 1, insert: 'b' });
  await assertConverge(document, [ann]);
  assert.equal(await document.call('compact'), 2);
  assertProblem(await document.get('pullUpdates', { version: 1 }), 410, 'version-gone', 'at 2');
  await bob.shared.connection.start();
  const gone = await until('bob is told', () => bob.gone);
  assert.deepEqual([gone.status, gone.code], [410, 'version-gone']);
  await bob.load();
  bob.edit({ from: 2, insert: 'c' });
  assert.equal(await assertConverge(document, [ann, bob]), 'abc');
});

test('What is no update of this text is 400 and changes nothing', async () => {
  const document = fresh('document');
  await document.call('pushUpdates', { version: 0, updates: [{ clientID: 'ann', changes: [[0, '🙂']] }] });
  const refuse = async (update, ...mentions) =>
    assertProblem(await document.post('pushUpdates', { version: 1, updates: [update] }), 400, 'invalid-argument', ...mentions);
  const change = (changes, ...mentions) => refuse({ clientID: 'ann', changes }, ...mentions);
  await change([3], "'updates[0].changes'", '3 characters', 'has 2');
  await change([[1], 1], 'surrogate pair');
  await change([2, [0, 'a\nb']], "'updates[0].changes[1]'", 'line break');
  await change([2, [0, 5]], "'updates[0].changes[1]'");
  await change({}, 'ChangeSet');
  await change([1e9, 1e9, 1e9], '3,000,000,000');
  await refuse({ clientID: '', changes: [2] }, 'clientID');
  await refuse({ clientID: 'document', changes: [2] }, 'clientID');
  await refuse({ changes: [2] }, "'updates'");
  await refuse(null, "'updates[0]'");
  await change([2, [0, '\ud83d']], "'updates[0].changes[1]'");
  assertProblem(await document.post('pushUpdates', { version: 2, updates: [] }), 410, 'version-gone');
  const tooLong = { version: 1, updates: [{ clientID: 'ann', changes: [2, [0, 'x'.repeat(524_287)]] }] };
  assertProblem(await document.post('pushUpdates', tooLong), 409, 'too-many-characters', '524,289');
  assertProblem(await document.get('pullUpdates', { version: 0, limit: 1001 }), 400, 'invalid-argument', "'limit'");
  assert.deepEqual(await document.read('getDocument'), { version: 1, doc: '🙂' });
});

test('A socket without a client ID, and a cursor outside the text, are refused with the reason', async (t) => {
  const document = fresh('document');
  const nobody = new Listener('document', document.key, []);
  assert.match(String(await nobody.connection.start().then(() => nobody.closed, (error) => error)), /clientID/);
  const ann = await Listener.connect('document', document.key, ['updates', 'cursors'], { query: { clientID: 'ann' } });
  t.after(() => ann.leave());
  assert.deepEqual(await ann.hears('updates'), { version: 0, updates: [] });
  assert.deepEqual(await ann.hears('cursors'), []);
  await assert.rejects(ann.tell({ anchor: 1, head: 0, version: 0 }), /cursor is at 1/);
  await assert.rejects(ann.tell('cursor'), /Selection|cursor/);
});
