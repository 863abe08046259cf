// The deployment fits the code that it deploys, and each rule that says so notices when it does not.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { complaints, rules } from "./lib/check.mjs";
import { project, SETTINGS, texts } from "./lib/project.mjs";
import { settingsOf } from "./rules/settings.mjs";

const FUNCTIONS = "infra/modules/functions.bicep";
const STORAGE = "infra/modules/storage.bicep";
const SIGNALR = "infra/modules/signalr.bicep";
const ROLES = "infra/modules/roles.bicep";
const ALERTS = "infra/modules/alerts.bicep";
const MAIN = "infra/main.bicep";
const WORKFLOW = ".github/workflows/deploy.yml";

// Settings as the app names them, while its own file is not the point.
const MADE_UP = `
public static class Settings
{
    /// <summary>The archive's blob endpoint.</summary>
    public const string ArchiveServiceUri = "DurableObjects:Archive:ServiceUri";
    public const string ArchiveConnectionString = "DurableObjects:Archive:ConnectionString";
    public const string ArchiveContainer = "DurableObjects__Archive__Container";
    public const string SignalR = "AzureSignalRConnectionString";
    internal const string AuthEnabled = "WEBSITE_AUTH_ENABLED";
    private const int Retries = 3;
}`;

function withSettings(text = MADE_UP) {
  return texts().set(SETTINGS, text);
}

// The project with one change, which must be one.
function changed(path, from, to, all = withSettings()) {
  const text = all.get(path);
  assert.ok(text?.includes(from), `${path} has no '${from}' to change`);
  return all.set(path, text.replace(from, () => to));
}

test("the deployment has nothing to complain about", () => {
  assert.deepEqual(complaints(texts()), []);
});

test("the app's settings are set", { skip: texts().has(SETTINGS) ? false : `${SETTINGS} is not there yet` }, () => {
  assert.notDeepEqual(settingsOf(texts().get(SETTINGS)).names, []);
  assert.deepEqual(rules.settings(project(texts())), []);
});

test("settings as the app will name them are set", () => {
  assert.deepEqual(settingsOf(MADE_UP).names, [
    "DurableObjects__Archive__ServiceUri", "DurableObjects__Archive__ConnectionString", "DurableObjects__Archive__Container",
    "AzureSignalRConnectionString", "WEBSITE_AUTH_ENABLED",
  ]);
  assert.deepEqual(complaints(withSettings()), []);
});

test("every rule looks at something", () => {
  const all = project(texts());
  assert.ok(all.sources.length >= 8);
  assert.ok(all.sources.flatMap((file) => file.resources).length >= 30);
  assert.equal(all.sources.flatMap((file) => file.modules).length, 7);
  assert.equal(all.files.length - all.sources.length, 2);
});

test("every parameter of the whole deployment says what it is", () => {
  const main = project(texts()).files.find((file) => file.path === MAIN);
  assert.deepEqual([...main.params.values()].filter((param) => !param.isDescribed).map((param) => param.name), []);
});

// What is changed, and what must be said of it.
const MUTATIONS = {
  syntax: [
    ["an object is not closed", MAIN, "    tags: tags\n  }\n}", "    tags: tags\n  }\n", /main\.bicep:\d+ does not parse/],
    ["a parameter has no type", FUNCTIONS, "param planName string", "param planName", /functions\.bicep:\d+ does not parse/],
    ["a parameter file has no value", "infra/dev.bicepparam", "= 'Free_F1'", "=", /dev\.bicepparam:\d+ does not parse/],
    ["a variable is misspelt", MAIN, "'func-${token}'", "'func-${tokn}'", /uses 'tokn', which it does not declare/],
    ["a variable is left over", STORAGE, "var deploymentContainer", "var left = 1\nvar deploymentContainer", /declares 'left' and does not use it/],
    ["a function is misspelt", MAIN, "uniqueString(", "uniqeString(", /calls 'uniqeString'/],
  ],
  modules: [
    ["a module lacks a parameter", MAIN, "    planName: 'plan-${token}'\n", "", /does not give 'planName' to infra\/modules\/functions\.bicep/],
    ["a module gets one too many", MAIN, "    planName:", "    extra: 1\n    planName:", /gives 'extra' to infra\/modules\/functions/],
    ["a module is not there", MAIN, "modules/storage.bicep", "modules/store.bicep", /names modules\/store\.bicep, which is not there/],
    ["an output is not there", MAIN, "identity.outputs.clientId", "identity.outputs.client", /reads the output 'client'/],
    ["an environment lacks a parameter", "infra/prod.bicepparam", "param location =", "param place =", /prod\.bicepparam does not give 'location'/],
    ["an environment gives an unknown one", "infra/dev.bicepparam", "param signalRUnits", "param signalRUnit", /gives 'signalRUnit' to infra\/main\.bicep/],
    ["an environment gives what is not allowed", "infra/prod.bicepparam", "'Standard_ZRS'", "'Standard_XRS'", /gives 'Standard_XRS' for 'storageSku'/],
    ["an environment is for another file", "infra/dev.bicepparam", "./main.bicep", "./mine.bicep", /is for '\.\/mine\.bicep', which is not there/],
  ],
  names: [
    ["a name is fixed", MAIN, "'sigr-${token}'", "'sigr-durable-objects'", /the name of 'signalR' does not come from the token/],
    ["a name in a module is fixed", ALERTS, "name: '${namePrefix}-damage'", "name: 'damage'", /the name of 'damageRule' does not/],
    ["the token forgets the environment", MAIN, "subscription().id, environmentName, location", "subscription().id, location", /makes no 'token'/],
    ["a role assignment has a fixed name", ROLES, "name: guid(signalR.id, principalId, roles.signalRServiceOwner.id)", "name: 'sockets'", /'sockets' does not come/],
  ],
  secrets: [
    ["keys are listed", FUNCTIONS, "hostAccount.name\n      AzureWebJobsStorage__credential", "hostAccount.listKeys().keys[0].value\n      AzureWebJobsStorage__credential", /reads secrets with listKeys/],
    ["keys are listed by the old function", SIGNALR, "output name string = signalR.name", "output name string = listKeys(signalR.id, '2024-03-01').primaryKey", /reads secrets with listKeys/],
    ["a parameter is secure", MAIN, "param alertEmail string", "@secure()\nparam alertEmail string", /the parameter 'alertEmail' is a secret/],
    ["a secret is a parameter", SIGNALR, "param skuName string", "param accessKey string\nparam skuName string", /the parameter 'accessKey' is a secret/],
    ["a secret is an output", FUNCTIONS, "output name string = app.name", "output name string = applicationInsights.properties.ConnectionString", /the output 'name' tells a secret/],
    ["a connection string has a key", FUNCTIONS, "'https://${signalR.properties.hostName}'", "'Endpoint=https://x;AccessKey=y'", /holds a connection string with a key/],
  ],
  hardening: [
    ["shared keys are allowed", STORAGE, "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", /allowSharedKeyAccess of 'hostAccount' is true/],
    ["TLS is left to the default", STORAGE, "    minimumTlsVersion: 'TLS1_2'\n", "", /minimumTlsVersion of 'hostAccount' is not given/],
    ["blobs may be public", STORAGE, "allowBlobPublicAccess: false", "allowBlobPublicAccess: true", /allowBlobPublicAccess of 'hostAccount' is true/],
    ["a container is public", STORAGE, "publicAccess: 'None'", "publicAccess: 'Blob'", /publicAccess of 'deployment' is 'Blob'/],
    ["SignalR Service takes keys", SIGNALR, "disableLocalAuth: true", "disableLocalAuth: false", /disableLocalAuth of 'signalR' is false/],
    ["SignalR Service waits for a server", SIGNALR, "'Serverless'", "'Default'", /must be Serverless/],
    ["the upstream says nothing of itself", SIGNALR, "type: 'ManagedIdentity'", "type: 'None'", /auth\.type of 'signalR' is 'None'/],
    ["the upstream has a key", SIGNALR, "/runtime/webhooks/signalr'", "/runtime/webhooks/signalr?code=x'", /is not the SignalR triggers' address without a key/],
    ["telemetry is taken from anybody", "infra/modules/monitoring.bicep", "DisableLocalAuth: true", "DisableLocalAuth: false", /DisableLocalAuth of 'applicationInsights' is false/],
    ["another .NET", FUNCTIONS, "version: '10.0'", "version: '8.0'", /runtime\.version of 'app' is '8\.0'/],
    ["deployment by password", FUNCTIONS, "allow: false", "allow: true", /allow of 'scmCredentials' is true/],
  ],
  settings: [
    ["a setting is not set", FUNCTIONS, "      DurableObjects__Archive__ServiceUri: archiveAccount.properties.primaryEndpoints.blob\n", "", /names DurableObjects__Archive__ServiceUri, and DurableObjects__Archive__ServiceUri is not set/],
    ["a setting is misspelt", FUNCTIONS, "DurableObjects__Archive__Container:", "DurableObjects__Archive__Box:", /bicep sets DurableObjects__Archive__Box, which .* does not name/],
    ["the code reads one more", SETTINGS, "private const int", "public const string Lease = \"DurableObjects:Lease\"; private const int", /names DurableObjects__Lease, and/],
    ["a name is put together", SETTINGS, "\"AzureSignalRConnectionString\"", "Prefix + \"ConnectionString\"", /'SignalR' must be one literal/],
    ["the file names nothing", SETTINGS, MADE_UP, "public static class Settings;", /names no setting/],
    ["the host's storage is missing", FUNCTIONS, "      AzureWebJobsStorage__clientId: identityClientId\n", "", /lack AzureWebJobsStorage__clientId/],
    ["the connection string is set instead", FUNCTIONS, "DurableObjects__Archive__ServiceUri:", "DurableObjects__Archive__ConnectionString:", /have DurableObjects__Archive__ConnectionString, where DurableObjects__Archive__ServiceUri belongs/],
    ["the platform's setting is set", FUNCTIONS, "      AZURE_CLIENT_ID:", "      FUNCTIONS_WORKER_RUNTIME: 'dotnet-isolated'\n      AZURE_CLIENT_ID:", /FUNCTIONS_WORKER_RUNTIME, which the platform sets/],
    ["another credential", FUNCTIONS, "AzureSignalRConnectionString__credential: 'managedidentity'", "AzureSignalRConnectionString__credential: 'workloadidentity'", /must be 'managedidentity'/],
    ["the triggers keep their key", FUNCTIONS, "AzureFunctionsJobHost__extensions__signalr__system__webhookAuthorizationLevel: 'Anonymous'", "AzureFunctionsJobHost__logging: 'x'", /lack AzureFunctionsJobHost__extensions__signalr/],
  ],
  roles: [
    ["a role is not assigned", ROLES, "subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageQueueDataContributor.id)", "subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageTableDataContributor.id)", /needs storageQueueDataContributor on hostAccount, which bicep does not assign/],
    ["a role is assigned more widely", ROLES, "scope: archiveContainer", "scope: archiveAccount", /assigns storageBlobDataContributor on archiveAccount, for which roles\.json gives no reason/],
    ["somebody else gets a role", ROLES, "principalId: principalId", "principalId: signalR.identity.principalId", /assigns a role to signalR\.identity\.principalId/],
    ["an id is another role's", "infra/roles.json", "7e4f1700-ea5a-4f59-8f37-079cfe29dce3", "fd53cd77-2268-407a-8f46-7e7863d0f521", /whose id is not fd53cd77/],
    ["a role is needed besides", "infra/roles.json", "\"on\": \"signalR\"", "\"on\": \"hub\"", /needs signalRServiceOwner on hub/],
    ["two assignments share a name", ROLES, "guid(hostAccount.id, principalId, roles.storageTableDataContributor.id)", "guid(hostAccount.id, principalId, roles.storageBlobDataOwner.id)", /two assignments must never share a name/],
    ["the app reaches another service", "src/Functions/Functions.csproj", "<ItemGroup>", "<ItemGroup><PackageReference Include=\"Azure.Data.Tables\" />", /uses Azure\.Data\.Tables, and roles\.json does not say/],
  ],
  alerts: [
    ["an instrument is renamed", "src/DurableObjects/Diagnostics/ObjectInstruments.cs", "durable_objects.alarm.delay", "durable_objects.alarm.lateness", /asks for durable_objects\.alarm\.delay, which no instrument/],
    ["a log text changes", "src/DurableObjects/Work/WorkLog.cs", "times and was parked", "times and is parked", /asks for 'times and was parked', which is never logged/],
    ["a code is misspelt", ALERTS, "'commit-failed'", "'commit-failure'", /asks for the code commit-failure/],
    ["a column is misspelt", ALERTS, "metricMeasureColumn: 'errors'", "metricMeasureColumn: 'failures'", /has no column failures/],
    ["a rule is gone", ALERTS, "'${namePrefix}-late-alarms'", "'${namePrefix}-alarms'", /has no rule late-alarms/],
    ["a rule tells nobody", ALERTS, "    actions: actions\n", "", /tells nobody/],
  ],
  deployment: [
    ["azd deploys something else", "azure.yaml", "src/Functions", "src/Embedded", /the service functions is not the Functions app/],
    ["azd does not find the app", FUNCTIONS, "'azd-service-name': 'functions'", "'azd-service-name': 'api'", /no app has the tag azd-service-name 'functions'/],
    ["production gets dev's values", "infra/prod/azure.yaml", "module: prod", "module: dev", /infra\/prod\/azure\.yaml deploys with infra\/dev\.bicepparam/],
    ["pull requests deploy", WORKFLOW, "github.event_name != 'pull_request' && ", "", /runs the job deploy for pull requests/],
    ["untested code is deployed", WORKFLOW, "    needs: test\n", "", /or without the tests/],
    ["every job may sign in", WORKFLOW, "  contents: read\n\njobs", "  contents: read\n  id-token: write\n\njobs", /gives its jobs more than reading/],
    ["strangers' code gets rights", WORKFLOW, "  pull_request:\n", "  pull_request_target:\n", /pull_request_target/],
    ["a secret is used", WORKFLOW, "${{ vars.AZURE_CLIENT_ID }}", "${{ secrets.AZURE_CLIENT_ID }}", /uses a stored secret/],
  ],
};

for (const [rule, mutations] of Object.entries(MUTATIONS)) {
  describe(`${rule} notices that`, () => {
    for (const [what, path, from, to, expected] of mutations) {
      test(what, () => {
        const said = complaints(changed(path, from, to));
        assert.ok(said.some((line) => expected.test(line)), `said ${JSON.stringify(said)}`);
      });
    }
  });
}

test("every rule has changes that it notices", () => {
  assert.deepEqual(Object.keys(MUTATIONS), Object.keys(rules));
});
