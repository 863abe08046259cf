// All that the rules look at, as text by path, so that a test can change a word of it and see which rule notices.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { read } from "./bicep.mjs";

const root = resolve(fileURLToPath(import.meta.url), "../../../..");

export const SETTINGS = "src/Functions/Settings.cs";
export const APP = "src/Functions/Functions.csproj";

// Other files that rules read: those that are not there yet are left out.
const OTHERS = [
  "infra/roles.json", "azure.yaml", "infra/prod/azure.yaml", ".github/workflows/deploy.yml", SETTINGS, APP,
  "src/DurableObjects/Diagnostics/ObjectInstruments.cs", "src/DurableObjects/Work/WorkLog.cs", "src/DurableObjects/ErrorCodes.cs",
  "src/Http/HttpErrorCodes.cs",
];

// The repository's texts by path.
export function texts() {
  const found = new Map();
  for (const entry of readdirSync(resolve(root, "infra"), { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && /\.bicep(param)?$/.test(entry.name)) {
      const path = posix.join(entry.parentPath.slice(root.length + 1).replaceAll("\\", "/"), entry.name);
      found.set(path, "");
    }
  }
  OTHERS.filter((path) => existsSync(resolve(root, path))).forEach((path) => found.set(path, ""));
  for (const path of found.keys()) {
    found.set(path, readFileSync(resolve(root, path), "utf8"));
  }
  return found;
}

// The texts with their bicep parsed. `file` finds what one file names relative to another.
export function project(all) {
  const files = [...all].filter(([path]) => /\.bicep(param)?$/.test(path)).map(([path, text]) => read(path, text));
  return {
    files,
    sources: files.filter((file) => file.path.endsWith(".bicep")),
    text: (path) => all.get(path),
    has: (path) => all.has(path),
    file: (from, relative) => files.find((file) => file.path === posix.join(posix.dirname(from), relative)),
  };
}
