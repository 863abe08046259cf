// Ties an editor to an object of the class document: what others change comes in, what is changed here goes out, one push at a time.

import { getClientID, getSyncedVersion, receiveUpdates, sendableUpdates } from '@codemirror/collab';
import { ChangeSet } from '@codemirror/state';
import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';

const MaxUpdates = 500;

/** Calls a method of the object with this URL. An error has the `status` and `code` of the problem. */
export async function call(url, method, body, { headers, fetch = globalThis.fetch } = {}) {
  const response = await fetch(`${url}/${method}`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body ?? {}),
  });
  const text = await response.text();
  if (!response.ok) {
    const { code, detail } = text.startsWith('{') ? JSON.parse(text) : {};
    throw Object.assign(new Error(detail ?? text), { status: response.status, code });
  }
  return JSON.parse(text);
}

/**
 * Connects a view: anything with `state` and `dispatch(transaction)`, as CodeMirror's EditorView is. Its state begins with the text that
 * `getDocument` gave, and has the extension `collab({ startVersion, clientID })` with its version and a client ID that is new each time.
 * Call `changed()` when the view has changed, and `moved()` when its selection has. `onCursor` hears of each cursor of others, `onLeft`
 * of who has gone. If the document cannot go on from here, all stops and `onGone` hears why: load it anew, into a new state.
 */
export async function share(
  url, view, { name, headers, fetch, retryAfter = 1000, onCursor = () => {}, onLeft = () => {}, onGone = () => {} } = {}) {
  const clientID = getClientID(view.state);
  const ask = (method, body) => call(url, method, body, { headers, fetch });
  const synced = () => getSyncedVersion(view.state);
  let latest = synced();
  let mustPull = false;
  let mustSync = false;
  let isSyncing = false;
  let isOver = false;

  // Updates that end at a version. Some of them may be known already, and if some before them are missing, a pull will bring all.
  const receive = (version, updates) => {
    latest = Math.max(latest, version);
    const missing = version - synced();
    if (missing > 0 && missing <= updates.length) {
      view.dispatch(receiveUpdates(view.state, updates.slice(updates.length - missing)
        .map((update) => ({ clientID: update.clientID, changes: ChangeSet.fromJSON(update.changes) }))));
    }
  };

  /** Pulls or pushes once; false if there is nothing to do. */
  const step = async () => {
    const version = synced();
    const updates = sendableUpdates(view.state).slice(0, MaxUpdates).map(({ changes }) => ({ clientID, changes: changes.toJSON() }));
    if (version < latest || mustPull) {
      mustPull = false;
      const pulled = await ask('pullUpdates', { version });
      receive(version + pulled.length, pulled);
    } else if (updates.length === 0) {
      return false;
    } else if (await ask('pushUpdates', { version, updates, author: name })) {
      receive(version + updates.length, updates);
    } else {
      mustPull = true;
    }
    return true;
  };

  const changed = async () => {
    mustSync = true;
    while (mustSync && !isSyncing && !isOver) {
      mustSync = false;
      isSyncing = true;
      try {
        mustSync = await step();
      } catch (error) {
        if (error.status >= 400 && error.status < 500) {
          await stop();
          onGone(error);
        } else {
          setTimeout(changed, retryAfter);
        }
      }
      isSyncing = false;
    }
  };

  // The document does not know what is not confirmed yet, so positions are told as they are without it.
  const moved = () => {
    const confirmed = (position) => sendableUpdates(view.state)
      .reduceRight((at, { changes }) => changes.invertedDesc.mapPos(at), position);
    const { anchor, head } = view.state.selection.main;
    connection.send('message', { anchor: confirmed(anchor), head: confirmed(head), version: synced() }).catch(() => {});
  };

  const stop = async () => {
    isOver = true;
    await connection.stop();
  };

  const query = new URLSearchParams({ clientID, ...(name && { name }) });
  const connection = new HubConnectionBuilder().withUrl(`${url}?${query}`, { headers })
    .withAutomaticReconnect().configureLogging(LogLevel.None).build();
  connection.on('updates', ({ version, updates }) => {
    // An older version may be old news, or the document's new one after it was returned to an earlier state: a pull tells.
    mustPull ||= version < synced() && updates.length === 0;
    receive(version, updates);
    changed();
  });
  connection.on('cursors', (cursors) => cursors.filter((one) => one.clientID !== clientID).forEach(onCursor));
  connection.on('cursor', (cursor) => cursor.clientID !== clientID && onCursor(cursor));
  connection.on('left', onLeft);
  connection.on('whereabouts', moved);
  connection.onreconnected(moved);
  await connection.start();
  return { connection, changed, moved, stop };
}
