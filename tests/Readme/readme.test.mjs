// Does what the README and the pages for newcomers say: compiles their code as it stands there, starts it, and runs their commands. All in one
// file, since builds of the same projects cannot run at once.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "readme-"));
const embedded = join(root, "src/Embedded/bin/Release/net10.0/DurableObjects.Embedded.dll");
const hosts = [];

/** The files of a folder and those below it with an ending, from the root on. */
const filesIn = (place, ending) => readdirSync(join(root, place), { recursive: true })
  .filter((file) => file.endsWith(ending) && !/(^|\/)(bin|obj)\//.test(file)).map((file) => join(place, file));

const page = (name) => readFileSync(join(root, "docs", name), "utf8");

function blocks(language, text = readme) {
  return [...text.matchAll(new RegExp("```" + language + "\\n([\\s\\S]*?)```", "g"))].map((match) => match[1]);
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

/** Whether a text is what a page shows, in which an … stands for anything within a line. */
function assertShown(text, shown) {
  const parts = shown.trim().split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  assert.match(text.trim(), new RegExp(`^${parts.join("[^\\n]*")}$`));
}

/** Runs a block as it stands, but for the host's address. */
function runBlock(language, body, address, cwd) {
  const source = body.replaceAll("http://127.0.0.1:7071", address);
  const result = language === "sh"
    ? spawnSync("bash", ["-euo", "pipefail", "-c", source], { cwd, encoding: "utf8" })
    : spawnSync(process.execPath, ["--input-type=module", "-e", source], { cwd: join(root, "tests/BlackBox"), encoding: "utf8" });
  assert.equal(result.status, 0, `${source}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** Writes the files that a page shows, each behind its name. */
function writeFiles(text, to) {
  const files = [...text.matchAll(/^`([\w/.]+)`:\n\n```\w+\n([\s\S]*?)```/gm)];
  for (const [, name, body] of files) {
    mkdirSync(dirname(join(to, name)), { recursive: true });
    writeFileSync(join(to, name), body);
  }
  return files.map(([, name]) => name);
}

// Starts a host and waits until it has said where it listens, and `last` after that.
function start(command, args, last = "", cwd = folder) {
  const host = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  hosts.push(host);
  return new Promise((resolveAddress, reject) => {
    let output = "";
    const read = (chunk) => {
      output += chunk;
      const address = /listen(?:ing)? on:? (http:\/\/\S+)/.exec(output);
      if (address && output.includes(last, address.index)) {
        resolveAddress({ address: address[1], output: () => output, host });
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

const stop = (host) => new Promise((done) => {
  if (host.exitCode !== null) {
    done();
    return;
  }
  host.on("exit", done);
  host.kill("SIGTERM");
});

after(async () => {
  await Promise.all(hosts.map(stop));
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

test("docs/first-object.md and docs/testing.md: the code compiles, its tests pass, and on the host it does what the page shows", async () => {
  const tutorial = page("first-object.md");
  const auctions = join(folder, "auctions");
  const files = [...writeFiles(tutorial, auctions), ...writeFiles(page("testing.md"), auctions)];
  assert.equal(files.length, 8, files.join());
  const [test, run] = blocks("bash", tutorial)[1].trim().split("\n");
  const environment = { ...process.env, DURABLE_OBJECTS: root };
  const tested = spawnSync("bash", ["-c", test], { cwd: auctions, encoding: "utf8", env: environment });
  assert.equal(tested.status, 0, tested.stdout + tested.stderr);
  assert.match(tested.stdout, /Passed!.* Passed: +3,/);
  const [command, ...args] = run.replace("127.0.0.1:7071", "127.0.0.1:0").split(" ");
  const { address, host } = await start(command, args, "", auctions);
  for (const language of ["sh", "js"]) {
    const [, body, shown] = new RegExp("```" + language + "\n([\\s\\S]*?)```[\\s\\S]*?```text\n([\\s\\S]*?)```").exec(tutorial);
    assertShown(runBlock(language, body, address, auctions), shown);
  }
  const card = JSON.parse(shell(`curl '${address}/api/objects/auction?card=true'`));
  assert.equal(card.durable_object.purpose, "The sale of one thing to whoever has offered most when its time is over.");
  assert.deepEqual(card.durable_object.patterns, ["sql", "key-value", "alarm", "hibernating-sockets"]);

  // What docs/operations.md says of a class that is taken out, and put back.
  await stop(host);
  const without = await start("dotnet", [embedded, "--urls", "http://127.0.0.1:0", "--data", ".data"], "Ctrl-C", auctions);
  assert.equal((await (await fetch(`${without.address}/api/objects/auction/vase/state`)).json()).code, "unknown-class");
  await stop(without.host);
  const again = await start(command, args, "", auctions);
  assert.match(shell(`curl ${again.address}/api/objects/auction/vase/state`), /"sold":false,"highest":\{"bidder":"ann","amount":10\}/);
});

test("docs/first-object.md: what it says of other files of the repository is there", () => {
  const tutorial = page("first-object.md");
  const packages = readFileSync(join(root, "Directory.Packages.props"), "utf8");
  for (const [, name, version] of tutorial.matchAll(/<PackageReference Include="([^"]+)" Version="([^"]+)"/g)) {
    assert.ok(packages.includes(`<PackageVersion Include="${name}" Version="${version}"`), `${name} ${version}`);
  }
  const onAzure = blocks("csharp", tutorial).at(-1).trim();
  assert.ok(readFileSync(join(root, "src/Functions/Program.cs"), "utf8").includes(onAzure), onAzure);
});

test("docs/operations.md: a backup of a stopped host restores what was answered, and the commands do what they show", async () => {
  const text = page("operations.md");
  const place = join(folder, "operations");
  mkdirSync(place);
  const begin = (data) => start("dotnet", [embedded, "--urls", "http://127.0.0.1:0", "--data", data], "Ctrl-C", place);
  const first = await begin(".data");
  shell(`curl -X POST ${first.address}/api/objects/counter/kept/increment`);
  shell(`curl -X POST ${first.address}/api/objects/chat-room/kept/post -H 'Content-Type: application/json' -d '{"author":"ann","text":"hello"}'`);
  await stop(first.host);
  const [backup, restore, ...others] = blocks("sh", text);
  runBlock("sh", backup, "", place);
  runBlock("sh", restore, "", place);
  assert.ok(!existsSync(join(place, "restored/objects")));
  const second = await begin("restored");
  assert.equal(shell(`curl ${second.address}/api/objects/counter/kept/get`), "1");
  assert.match(shell(`curl ${second.address}/api/objects/chat-room/kept/history`), /hello/);
  const shown = blocks("text", text);
  assert.equal(others.length, shown.length);
  for (const [i, body] of others.entries()) {
    assertShown(runBlock("sh", body, second.address, place), shown[i]);
  }
});

// What the ancestors call things, by the pages' headings, so that a row that is lost is noticed. The words of one text stand in one row.
const ancestors = {
  "coming-from-cloudflare.md": {
    "Namespace, id, stub": [
      "env.ROOM", "newUniqueId()", "newUniqueId({ jurisdiction()", "idFromName", "idFromString", "get(id) getByName", "locationHint",
      "routingMode version cohort", "getExisting", "id.toString id.equals", "id.name", "id.jurisdiction", "stub.id stub.name", "stub.method",
      "RpcTarget", "stub.fetch", "stub.connect stub.queue stub.scheduled", "stub.dup Symbol.dispose", "order calls", "automatic retries",
      "retryable()", "error.retryable error.overloaded", "error.remote error.durableObjectReset error.durableObjectId", "stub inside",
    ],
    "The class and its context": [
      "class DurableObject", "constructor ctx env", "fetch", "public methods", "alarm(info)", "webSocketMessage ws message",
      "webSocketClose ws code reason wasClean", "webSocketError ws error", "connect socket", "ctx.id", "ctx.storage", "| `env`",
      "ctx.blockConcurrencyWhile", "ctx.waitUntil", "ctx.abort(reason)", "ctx.abort(reason, retryAlarm", "ctx.exports ctx.props",
      "ctx.facets get abort delete clone id class getDurableObjectClass", "ctx.version cohort ctx.restore",
      "ctx.container running start monitor destroy signal getTcpPort setInactivityTimeout exec snapshotDirectory snapshotContainer",
      "interceptOutboundHttp interceptAllOutboundHttp interceptOutboundHttps interceptOutboundTcp inspect setLabels",
      "ctx.configureReadReplication ctx.primaryStub storage.primary storage.waitForBookmark storage.ensureReplicas storage.disableReplicas",
      "fields memory", "WebGPU",
    ],
    "Key-value storage": [
      "get(key) kv.get", "get(keys)", "put(key kv.put", "put(entries)", "delete(key) delete(keys) kv.delete",
      "list start startAfter end prefix reverse limit kv.list", "allowConcurrency allowUnconfirmed noCache", "sync", "deleteAll",
      "transaction", "transactionSync", "txn.rollback", "legacy",
    ],
    "SQL": [
      "storage.sql sql.exec", "next toArray", "typed", "one raw", "columnNames rowsRead rowsWritten |", "databaseSize", "sql.Cursor",
      "sql.Statement sql.prepare cursor.reusedCachedQueryForTest", "sql.ingest remainder rowsRead rowsWritten statementCount",
      "sql.setMaxPageCountForTest", "64-bit", "FTS5", "math", "PRAGMA", "schema",
    ],
    "Alarms": ["getAlarm", "setAlarm", "deleteAlarm", "alarm isRetry retryCount scheduledTime", "15 minutes"],
    "Point-in-time recovery": [
      "getCurrentBookmark", "getBookmarkForTime", "onNextSessionRestoreBookmark", "thirty", "local", "storage.snapshot ctx.onNextSessionRestore",
    ],
    "WebSockets": [
      "WebSocketPair ctx.acceptWebSocket", "ws.accept allowHalfOpen addEventListener", "WebSocket(url)", "ctx.getWebSockets", "ctx.getTags",
      "ws.send", "binary", "ws.close", "ws.serializeAttachment deserializeAttachment", "ctx.setWebSocketAutoResponse",
      "ctx.getWebSocketAutoResponse WebSocketRequestResponsePair.request WebSocketRequestResponsePair.response",
      "ctx.getWebSocketAutoResponseTimestamp", "ctx.setHibernatableWebSocketEventTimeout ctx.getHibernatableWebSocketEventTimeout",
      "ws.url ws.protocol", "ws.readyState", "ws.extensions ws.binaryType",
    ],
    "Deploying and running": [
      "durable_objects.bindings name class_name", "script_name environment", "exports new_sqlite_classes new_classes",
      "renamed_classes renamed renamed_to", "deleted_classes deleted",
      "transferred_classes transferred transferred_to expecting-transfer transfer_from", "gradual", "code update", "REST API", "Data Studio",
      "durableObjectsInvocationsAdaptiveGroups", "wrangler tail", "wrangler dev", "@cloudflare/vitest-plugin", "location hints", "pricing",
    ],
    "Testing": [
      "@cloudflare/vitest-plugin @cloudflare/vitest-pool-workers", "env SELF", "runInDurableObject", "runDurableObjectAlarm",
      "evictDurableObject evictAllDurableObjects unsafeEvictDurableObject", "webSockets hibernate close", "abortAllDurableObjects",
      "listDurableObjectIds", "reset", "getDurableObjectNamespace unsafeGetDurableObjectStorage",
    ],
    "Limits": ["database", "key value", "row", "parameters", "CPU", "message", "sockets", "classes", "requests"],
  },
  "coming-from-durable-entities.md": {
    "The class": [
      "TaskEntity<int>", "ITaskEntity.RunAsync", "TaskEntityOperation.Name", "TaskEntityOperation.HasInput TaskEntityOperation.GetInput",
      "TaskEntityOperation.State", "TaskEntityOperation.Context TaskEntity.Context", "EntityTrigger EntityTriggerAttribute.EntityName",
      "TaskEntityDispatcher.DispatchAsync", "DurableTask", "DurableTaskRegistry.AddEntity", "DurableTaskClientOptions.EnableEntitySupport",
      "dependency", "one parameter", "TaskEntityContext TaskEntityOperation", "default values", "overloads", "return", "AllowStateDispatch",
      "delete", "exception EntityOperationFailedException",
      "EntityOperationFailedException.EntityId EntityOperationFailedException.OperationName",
      "EntityOperationFailedException.FailureDetails ErrorType IsCausedBy Properties", "ErrorMessage StackTrace InnerFailure",
    ],
    "State": [
      "TaskEntity<TState>.State", "InitializeState", "TaskEntityState.HasState TaskEntityState.GetState TaskEntityState.SetState", "null",
      "large", "shape",
    ],
    "Identity": [
      "EntityInstanceId(name, key)", "EntityInstanceId.Name EntityInstanceId.Key", "EntityInstanceId.ToString EntityInstanceId.FromString",
      "TaskEntityContext.Id",
    ],
    "From inside an entity": [
      "TaskEntityContext.SignalEntity", "SignalEntityOptions.SignalTime", "TaskEntityContext.ScheduleNewOrchestration",
      "StartOrchestrationOptions.InstanceId", "StartOrchestrationOptions.StartAt", "StartOrchestrationOptions.DedupeStatuses",
      "StartOrchestrationOptions.Tags StartOrchestrationOptions.Version", "awaiting", "unordered",
    ],
    "From a client": [
      "SignalEntityAsync(id, operation, input)", "SignalEntityAsync SignalEntityOptions.SignalTime", "GetEntityAsync<T>(id)",
      "GetEntityAsync(id, includeState)", "DurableEntityClient.Name", "EntityMetadata.Id", "EntityMetadata.LastModifiedTime",
      "EntityMetadata.BacklogQueueSize", "EntityMetadata.LockedBy", "EntityMetadata.IncludesState EntityMetadata.State",
      "GetAllEntitiesAsync EntityQuery", "EntityQuery.InstanceIdStartsWith",
      "EntityQuery.PageSize EntityQuery.DefaultPageSize EntityQuery.ContinuationToken",
      "EntityQuery.LastModifiedFrom EntityQuery.LastModifiedTo", "EntityQuery.IncludeState EntityQuery.IncludeTransient",
      "CleanEntityStorageAsync CleanEntityStorageRequest.RemoveEmptyEntities", "CleanEntityStorageRequest.ReleaseOrphanedLocks",
      "CleanEntityStorageRequest.Default CleanEntityStorageRequest.ContinuationToken continueUntilComplete",
      "CleanEntityStorageResult.EmptyEntitiesRemoved CleanEntityStorageResult.OrphanedLocksReleased CleanEntityStorageResult.ContinuationToken",
      "DurableTaskClient.Entities",
    ],
    "From an orchestration": [
      "CallEntityAsync<T>(id, operation, input)", "CallEntityOptions", "SignalEntityAsync(id, operation, input)",
      "SignalEntityAsync SignalEntityOptions.SignalTime", "LockEntitiesAsync(ids)", "InCriticalSection() InCriticalSection(out entityIds)",
      "existing",
    ],
    "Over HTTP": [
      "POST entities/{name}/{key}?op={operation}", "DELETE entities/{name}/{key} delete", "GET entities/{name}/{key}", "$",
      "GET entities/{name}`", "GET entities`", "lastOperationTimeFrom lastOperationTimeTo", "fetchState", "top x-ms-continuation-token",
      "entityId lastOperationTime state", "taskHub connection", "code",
    ],
    "The function and its context": [
      "FunctionName EntityTrigger IDurableEntityContext", "EntityTriggerAttribute.EntityName", "context.OperationName",
      "DispatchAsync<T>(constructorParameters)", "Entity.Current", "Entity.SetMockContext", "EntityName EntityKey EntityId",
      "HasState GetState initializer SetState", "DeleteState", "GetInput", "Return", "SignalEntity interface", "SignalEntity scheduledTimeUtc",
      "StartNewOrchestration", "BatchSize BatchPosition", "FunctionBindingContext", "JsonProperty",
    ],
    "The client": [
      "DurableClient IDurableEntityClient IDurableClient",
      "DurableClientAttribute.TaskHub DurableClientAttribute.ConnectionName DurableClientAttribute.ExternalClient TaskHubName",
      "IDurableClientFactory.CreateClient", "SignalEntityAsync(id, operation, input)", "SignalEntityAsync<TEntityInterface>",
      "SignalEntityAsync scheduledTimeUtc", "ReadEntityStateAsync EntityStateResponse.EntityExists EntityStateResponse.EntityState",
      "ListEntitiesAsync EntityQueryResult.Entities EntityQueryResult.ContinuationToken", "EntityQuery.EntityName",
      "EntityQuery.PageSize EntityQuery.ContinuationToken",
      "EntityQuery.LastOperationFrom EntityQuery.LastOperationTo EntityQuery.FetchState EntityQuery.IncludeDeleted",
      "DurableEntityStatus.EntityId DurableEntityStatus.LastOperationTime", "DurableEntityStatus.State",
      "EntityStatus.EntityExists EntityStatus.QueueSize EntityStatus.LockedBy EntityStatus.CurrentOperation",
      "Operation Id ParentInstanceId StartTime", "CleanEntityStorageAsync(removeEmptyEntities, releaseOrphanedLocks)",
      "CleanEntityStorageResult.NumberOfEmptyEntitiesRemoved CleanEntityStorageResult.NumberOfOrphanedLocksRemoved",
    ],
    "Orchestrations, proxies, ids, errors": [
      "IDurableOrchestrationContext.CallEntityAsync", "IDurableOrchestrationContext.SignalEntity",
      "IDurableOrchestrationContext.CreateEntityProxy", "IDurableOrchestrationContext.LockAsync IDurableOrchestrationContext.IsLocked",
      "rules", "EntityProxy.CallAsync EntityProxy.Signal IEntityProxyContext.CallAsync IEntityProxyContext.Signal",
      "EntityId.EntityName EntityId.EntityKey", "EntityId.ToString EntityId.Equals EntityId.CompareTo",
      "EntitySchedulerException OperationErrorException", "LockingRulesViolationException",
    ],
    "Settings": [
      "maxConcurrentEntityFunctions maxEntityOperationBatchSize", "entityMessageReorderWindowInMinutes",
      "rollbackEntityOperationsOnExceptions", "extendedSessionsEnabled", "storageProvider", "hubName partitionCount",
    ],
  },
};

/** Whether a row's first column has all words of a text, each by itself and not behind another name's dot. */
function names(row, text) {
  const first = `${row.split(" | ")[0]} |`;
  return text.split(" ").every((word) => new RegExp(`(?<![\\w.])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?!\\.?\\w)`).test(first));
}

test("The pages for those who come from elsewhere name nothing of ours that is not there, and leave nothing of theirs out", () => {
  const sources = [...filesIn("src", ".cs"), ...filesIn("tests/Harness", ".cs")].map((file) => readFileSync(join(root, file), "utf8"));
  const words = new Set(sources.join("\n").match(/\w+/g));
  const has = (type, member) => sources.some((text) =>
    new RegExp(`\\b(class|record|struct|interface) ${type}\\b`).test(text) && new RegExp(`\\b${member}\\b`).test(text));
  for (const [name, theirs] of Object.entries(ancestors)) {
    const rows = page(name).split("\n").filter((line) => /^\| (?!---)/.test(line));
    const sections = Object.fromEntries(page(name).split(/^##+ /m).map((section) => [section.slice(0, section.indexOf("\n")), section.split("\n")]));
    for (const [heading, texts] of Object.entries(theirs)) {
      for (const text of texts) {
        assert.ok(sections[heading]?.some((line) => line.startsWith("| ") && names(line, text)), `${name}: no row of '${heading}' has '${text}'`);
      }
    }
    for (const row of rows) {
      const ours = row.split(" | ")[1];
      for (const [, code] of ours.matchAll(/`([^`]+)`/g)) {
        const [, type, member] = /^([A-Z]\w+)\.([A-Z]\w+)/.exec(code) ?? [];
        assert.ok(!type || has(type, member), `${name}: '${type}.${member}' in ${row}`);
        for (const [word] of code.matchAll(/\b[A-Z][a-z]\w+/g)) {
          assert.ok(words.has(word) || ["Room", "Counter", "IRoom", "ICounter"].includes(word), `${name}: '${word}' in ${row}`);
        }
      }
    }
  }
});
