// What the operations of the ready-made objects cost on Azure: counted on the functions over the engine's stand-in for the platform, where
// every entity operation, execution and message is known; and the table of it on an object's page.
//
// costs/{class}.mjs exports `operations`: description → async ({ fresh, object, until, Listener, atEnd }) => async () => …, where the outer
// function prepares and is not counted, and what it returns is the operation. That may say what it waits for, but nothing looks for it while it is
// counted, since looking costs as well: what it sets going is waited for until all is quiet. What `atEnd` is given ends what was started.

import { randomUUID } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { Listener } from './listener.mjs';
import { until } from './until.mjs';

const costs = new URL('../costs/', import.meta.url);
const pages = new URL('../../../docs/objects/', import.meta.url);
const Heading = '## What it costs on Azure';

/** What is counted of an operation, and stands on its page. */
export const Counted = ['entityOperations', 'executions', 'messages'];

// What each is in requests to the storage account, as tests/func/costs has measured it: docs/azure-costs.md says how. An activity is taken for an
// entity's operation: a message that a worker takes, and what becomes of it.
const Requests = {
  entityOperations: { queue: 4.9, table: 2.5 },
  activities: { queue: 4.9, table: 2.5 },
  runs: { queue: 7.8, table: 6.8 },
  triggers: { queue: 0, table: 1.4 },
};

/** List prices in dollars for a million: docs/azure-costs.md says of where and when. */
const Prices = { executions: 0.4, queue: 0.4, table: 0.04, blobs: 5 };

/** Every object class with operations to count: [class, operations]. */
export async function allOperations() {
  const files = (await readdir(costs)).filter((name) => name.endsWith('.mjs')).sort();
  return Promise.all(files.map(async (name) => [name.replace('.mjs', ''), (await import(new URL(name, costs))).operations]));
}

/** What an operation is given to prepare itself. */
function toolsOf(client, url) {
  return {
    fresh: (className) => client.object(className, `${className}-${randomUUID()}`),
    object: (className, key) => client.object(className, key),
    until: (...condition) => (isCounting ? undefined : until(...condition)),
    atEnd: (action) => endings.push(action),
    Listener: class extends Listener {
      constructor(className, key, targets, options) {
        super(className, key, targets, { url, ...options });
      }

      static async connect(className, key, targets, options) {
        const listener = new this(className, key, targets, options);
        await listener.connection.start();
        endings.push(() => listener.leave());
        return listener;
      }

      hears(...condition) {
        return isCounting ? undefined : super.hears(...condition);
      }
    },
  };
}

const endings = [];
let isCounting = false;

/** Has operations not look for what they wait for while something runs. */
async function counting(run) {
  isCounting = true;
  try {
    return await run();
  } finally {
    isCounting = false;
  }
}

/** Ends what operations have opened. */
async function endAll() {
  while (endings.length > 0) {
    await endings.pop()();
  }
}

/** What may still be on its way between a client, the stand-in for SignalR Service and the host, where nobody sees it, is there by then. */
const OnItsWay = 120;

async function figuresOf(client) {
  let figures;
  let since = Date.now();
  await until('everything that was set going has ended', async () => {
    const before = JSON.stringify(figures);
    figures = (await client.get('/figures')).json;
    if (!figures.quiet || JSON.stringify(figures) !== before) {
      since = Date.now();
    }
    return Date.now() - since >= OnItsWay;
  });
  return figures;
}

/** Counts one operation on a host that nothing else uses. */
export async function count(host, operation) {
  const run = await operation(toolsOf(host.client, host.url));
  const before = await figuresOf(host.client);
  await counting(run);
  const after = await figuresOf(host.client);
  await endAll();
  return Object.fromEntries(Object.keys(after).filter((name) => name !== 'quiet').map((name) => [name, after[name] - before[name]]));
}

/** The table of a class's page: description → what was counted. */
export async function readTable(className) {
  const section = sectionOf(await readFile(new URL(`${className}.md`, pages), 'utf8'));
  const rows = [...(section ?? '').matchAll(/^\| (?!operation|---)(.*) \|$/gm)].map(([, row]) => row.split(' | '));
  return Object.fromEntries(rows.map(([name, ...cells]) => [name, Object.fromEntries(Counted.map((column, i) => [column, Number(cells[i])]))]));
}

/** Writes the table of a class's page: description → what was counted. */
export async function writeTable(className, table) {
  const page = new URL(`${className}.md`, pages);
  const text = await readFile(page, 'utf8');
  const section = `${Heading}

| operation | entity operations | executions | SignalR messages | storage requests, about | $ for a million, about |
| --- | --- | --- | --- | --- | --- |
${Object.entries(table).map(([name, row]) => `| ${[name, ...Counted.map((column) => row[column]), ...pricesOf(row)].join(' | ')} |`).join('\n')}

How this is counted, and what is not in it: [azure-costs.md](../azure-costs.md#the-ready-made-objects).

`;
  const old = sectionOf(text);
  await writeFile(page, old === undefined ? text.replace('\n## Try it\n', `\n${section}## Try it\n`) : text.replace(old, section));
}

const sectionOf = (text) => new RegExp(`${Heading}\\n[\\s\\S]*?(?=^## )`, 'm').exec(text)?.[0];

function pricesOf(row) {
  const sum = (service) => Object.entries(Requests).reduce((all, [what, requests]) => all + row[what] * requests[service], 0);
  const paid = { executions: row.executions, queue: sum('queue'), table: sum('table'), blobs: row.blobs };
  const dollars = Object.entries(Prices).reduce((all, [what, price]) => all + paid[what] * price, 0);
  return [Math.round(paid.queue + paid.table + paid.blobs), dollars.toFixed(dollars < 10 ? 1 : 0)];
}
