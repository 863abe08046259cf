// Does what the README says to a newcomer: compiles its first object as it stands there, starts it, and runs its commands.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "readme-"));
const hosts = [];

function blocks(language) {
  return [...readme.matchAll(new RegExp("```" + language + "\\n([\\s\\S]*?)```", "g"))].map((match) => match[1]);
}

function commands(containing) {
  return blocks("bash").flatMap((block) => block.trim().split("\n")).filter((line) => line.startsWith("curl") && line.includes(containing));
}

function shell(command, environment = {}) {
  const result = spawnSync("bash", ["-c", `set -e; ${command} -sS --fail-with-body`], {
    encoding: "utf8",
    env: { ...process.env, ...environment },
  });
  assert.equal(result.status, 0, `${command}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

// Starts a host and waits until it has said where it listens, and `last` after that.
function start(command, args, last = "") {
  const host = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  hosts.push(host);
  return new Promise((resolveAddress, reject) => {
    let output = "";
    const read = (chunk) => {
      output += chunk;
      const address = /listen(?:ing)? on:? (http:\/\/\S+)/.exec(output);
      if (address && output.includes(last, address.index)) {
        resolveAddress({ address: address[1], output: () => output });
      }
    };
    host.stdout.on("data", read);
    host.stderr.on("data", read);
    host.on("exit", (code) => reject(new Error(`${command} ended with ${code}:\n${output}`)));
  });
}

before(() => {
  const project = `<Project Sdk="Microsoft.NET.Sdk.Web">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
    <NoWarn>$(NoWarn);NETSDK1206</NoWarn>
  </PropertyGroup>
  <ItemGroup>
    <ProjectReference Include="${join(root, "src/Embedded/Embedded.csproj")}" />
  </ItemGroup>
</Project>`;
  writeFileSync(join(folder, "First.csproj"), project);
  writeFileSync(join(folder, "Program.cs"), blocks("csharp")[0]);
});

after(async () => {
  await Promise.all(hosts.map((host) => new Promise((done) => {
    if (host.exitCode !== null) {
      done();
      return;
    }
    host.on("exit", done);
    host.kill("SIGTERM");
  })));
  rmSync(folder, { recursive: true, force: true });
});

test("the first object compiles, runs and answers as the README shows", async () => {
  const build = spawnSync("dotnet", ["build", "--configuration", "Release", "--nologo", "-o", join(folder, "out")], { cwd: folder, encoding: "utf8" });
  assert.equal(build.status, 0, build.stdout);
  const { address } = await start("dotnet", [join(folder, "out/First.dll"), "--urls", "http://127.0.0.1:0"]);
  const answers = commands("$HOST").map((command) => shell(command, { HOST: address }));
  assert.deepEqual(JSON.parse(answers.at(-1)), JSON.parse(blocks("json")[0]));
});

test("the first object takes twenty lines or so", () => {
  const lines = blocks("csharp")[0].slice(blocks("csharp")[0].indexOf("[DurableObject")).trim().split("\n");
  assert.ok(lines.length <= 20, `${lines.length} lines`);
});

test("./run starts the host, says what it serves, and the commands of the README work on it", async () => {
  const { address, output } = await start(join(root, "run"), ["--urls", "http://127.0.0.1:0", "--data", join(folder, "data")], "Ctrl-C");
  for (const command of commands("127.0.0.1:7071")) {
    shell(command.replaceAll("http://127.0.0.1:7071", address));
  }
  assert.equal(commands("127.0.0.1:7071").length, 3);
  assert.match(output(), /chat-room, circuit-breaker, counter/);
  for (const pasted of output().split("\n").map((line) => line.trim()).filter((line) => line.startsWith("curl"))) {
    shell(pasted);
  }
});

test("both of the two commands exist", () => {
  const [two] = blocks("bash");
  assert.match(two, /^\.\/run .*\n\.\/test /);
  assert.equal(spawnSync("bash", ["-n", join(root, "test")]).status, 0);
});
