// The app finds every setting that it reads, and reads every setting that is made for it.
import { SETTINGS } from "../lib/project.mjs";

// Read by the Functions host, the platform's SDKs and Azure.Identity, not by the code of the app.
const HOST = [
  /^AzureWebJobsStorage__(accountName|credential|clientId)$/,
  /^AzureSignalRConnectionString__(serviceUri|credential|clientId)$/,
  /^AzureFunctionsJobHost__/,
  /^APPLICATIONINSIGHTS_(CONNECTION_STRING|AUTHENTICATION_STRING)$/,
  /^AZURE_CLIENT_ID$/,
];

// What must be there for the host and the SDKs, whether the code reads it or not.
const ALWAYS = [
  "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId",
  "AzureSignalRConnectionString__serviceUri", "AzureSignalRConnectionString__credential", "AzureSignalRConnectionString__clientId",
  "AzureFunctionsJobHost__extensions__signalr__system__webhookAuthorizationLevel",
  "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "AZURE_CLIENT_ID",
];

// What local runs or other clouds say instead, connection strings with keys for the most part, and how this deployment says it.
const INSTEAD = {
  AzureWebJobsStorage: "AzureWebJobsStorage__accountName",
  AzureWebJobsStorage__blobServiceUri: "AzureWebJobsStorage__accountName",
  AzureSignalRConnectionString: "AzureSignalRConnectionString__serviceUri",
  AzureSignalRConnectionString__clientSecret: "AzureSignalRConnectionString__credential",
  DurableObjects__Archive__ConnectionString: "DurableObjects__Archive__ServiceUri",
};

// Set by the platform: what bicep said of them would be refused, or ignored.
const PLATFORM = /^(WEBSITE_|FUNCTIONS_|IDENTITY_|MSI_|SCM_)/;

// Settings of the app whose defaults are what every environment wants.
const LEFT_TO_DEFAULT = [
  "DurableObjects__CacheFolder", "DurableObjects__DefaultRole", "OTEL_EXPORTER_OTLP_ENDPOINT", "Polling__AllowPrivateAddresses",
  "AzureSignalRConnectionString__clientEndpoint", "AzureSignalRConnectionString__serverEndpoint", "AzureSignalRConnectionString__tenantId",
];

// The names in the app's Settings.cs, each a `const string` with a literal, with ':' or '__' between its sections.
export function settingsOf(source) {
  const names = [];
  const complaints = [];
  for (const [, name, value] of source.matchAll(/\bconst\s+string\s+(\w+)\s*=\s*([^;]*);/g)) {
    const literal = /^"([A-Za-z0-9_:]+)"$/.exec(value.trim());
    if (literal) {
      names.push(literal[1].replaceAll(":", "__"));
    } else {
      complaints.push(`${SETTINGS}: '${name}' must be one literal with the whole name of a setting, and is ${value.trim()}`);
    }
  }
  if (names.length === 0) {
    complaints.push(`${SETTINGS} names no setting`);
  }
  return { names, complaints };
}

function settingsIn(project) {
  return project.sources.flatMap((file) => file.resources)
    .filter((resource) => resource.type === "Microsoft.Web/sites/config" && resource.body.properties.get("name")?.literal === "appsettings")
    .flatMap((resource) => [...resource.body.properties.get("properties")?.properties ?? []]);
}

export function settings(project) {
  const complaints = [];
  const given = new Map(settingsIn(project));
  const wanted = ALWAYS.filter((name) => !given.has(name));
  complaints.push(...wanted.map((name) => `the app's settings lack ${name}, which the host reads`));
  for (const [name, value] of given) {
    if (PLATFORM.test(name)) {
      complaints.push(`the app's settings have ${name}, which the platform sets`);
    }
    if (name in INSTEAD) {
      complaints.push(`the app's settings have ${name}, where ${INSTEAD[name]} belongs`);
    }
    if (name.endsWith("__credential") && value.literal !== "managedidentity") {
      complaints.push(`the app's setting ${name} is ${value.text}, and must be 'managedidentity'`);
    }
  }
  if (!project.has(SETTINGS)) {
    return complaints;
  }
  const read = settingsOf(project.text(SETTINGS));
  complaints.push(...read.complaints);
  for (const name of read.names) {
    const there = INSTEAD[name] ?? name;
    if (!given.has(there) && !PLATFORM.test(there) && !LEFT_TO_DEFAULT.includes(there)) {
      complaints.push(`${SETTINGS} names ${name}, and ${there} is not set in bicep`);
    }
  }
  for (const name of given.keys()) {
    if (!HOST.some((pattern) => pattern.test(name)) && !read.names.includes(name)) {
      complaints.push(`bicep sets ${name}, which ${SETTINGS} does not name`);
    }
  }
  return complaints;
}
