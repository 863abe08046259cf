// What the pages of docs/objects say one can try, tried: the commands under "Try it" are run as they stand, on fresh objects, and print what
// the page shows. An … in it stands for anything within a line.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mayPollHere, whyNotHere } from '../lib/polling.mjs';
import { apiKey, baseUrl } from '../lib/target.mjs';

const pages = new URL('../../../docs/objects/', import.meta.url);
const here = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const Shown = 'http://127.0.0.1:7071';
// Where a page's own server listens.
const ShownPort = '5005';

// Every object of a page gets a name that is new, since the host keeps those of earlier runs: its key in paths, and in arguments that are one.
const withFreshKeys = (text, mark) => text
  .replace(/(\/api\/objects\/[a-z-]+\/)([\w:.@-]+)/g, `$1$2${mark}`)
  .replace(/("key": ")([\w:.@-]+)/g, `$1$2${mark}`)
  .replace(/(\/api\/webhooks\/[a-z-]+\/)([\w:.@-]+)/g, `$1$2${mark}`)
  .replace(/(\/api\/workflows\/[a-z-]+\?id=)([\w-]+)/g, `$1$2${mark}`);

const asPattern = (text) => new RegExp(`^${text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^\\n]*')}$`);

for (const name of (await readdir(pages)).sort()) {
  const text = await readFile(new URL(name, pages), 'utf8');

  // Their settings are made by run.mjs.
  const skip = (name === 'webhook-queue.md' && process.env.WEBHOOK_PORT === undefined && 'the host has no sources of webhooks')
    || (name === 'agent-orchestrator.md' && process.env.DEMO_PORT === undefined && 'the host has no agents')
    || (name === 'cache.md' && process.env.CACHE_SOURCES === undefined && 'the host has no sources for caches')
    || (name === 'poll-coordinator.md' && !mayPollHere && whyNotHere);

  test(`${name}: what one can try prints what the page shows`, { skip }, async () => {
    const section = /\n## Try it\n([\s\S]*?)(?=\n## |$)/.exec(text);
    assert.ok(section, 'the page has a section "Try it"');
    const blocks = [...section[1].matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, body]) => ({ language, body }));
    const commands = blocks.filter(({ language }) => language === 'sh' || language === 'js');
    const shown = blocks.filter(({ language }) => language === 'text');
    assert.ok(commands.length > 0, 'it has commands');
    assert.equal(shown.length, commands.length, 'and after each block of them what they print, as text');
    const mark = `-${randomUUID().slice(0, 8)}`;
    for (const [i, { language, body }] of commands.entries()) {
      const source = withFreshKeys(body, mark).replaceAll(Shown, baseUrl).replaceAll(ShownPort, process.env.DEMO_PORT ?? ShownPort);
      const { stdout } = language === 'sh'
        ? await run('bash', ['-euo', 'pipefail', '-c', `curl() { command curl -sS ${apiKey ? `-H 'x-functions-key: ${apiKey}'` : ''} "$@"; }\n${source}`])
        : await run(process.execPath, ['--input-type=module', '-e', source], { cwd: here });
      assert.match(stdout.trim().replaceAll(mark, ''), asPattern(shown[i].body.trim()), `${language}:\n${source}`);
    }
  });
}
