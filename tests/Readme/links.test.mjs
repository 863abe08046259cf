// Every link between the pages leads somewhere: to a file that is there, and to a heading that is on it.

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const pages = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" }).trim().split("\n");

const withoutCode = (text) => text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]]/g, ""));

// As GitHub makes them.
const anchors = (page) => [...readFileSync(page, "utf8").replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.*)$/gm)]
  .map(([, heading]) => heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-"));

for (const page of pages) {
  test(`${page}: its links lead somewhere`, () => {
    const text = withoutCode(readFileSync(join(root, page), "utf8"));
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) {
        continue;
      }
      const [path, anchor] = target.split("#");
      const file = path === "" ? join(root, page) : resolve(root, dirname(page), path);
      assert.ok(existsSync(file), `${target} is not there`);
      if (anchor !== undefined && statSync(file).isFile()) {
        assert.ok(anchors(file).includes(anchor), `${target}: there is no such heading`);
      }
    }
  });
}
