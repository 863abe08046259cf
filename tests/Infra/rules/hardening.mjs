// What the resources must be like: identities instead of keys, nothing public that need not be.
import { at } from "../lib/bicep.mjs";

const MUST = {
  "Microsoft.Storage/storageAccounts": {
    "properties.allowSharedKeyAccess": "false",
    "properties.allowBlobPublicAccess": "false",
    "properties.minimumTlsVersion": "TLS1_2",
    "properties.supportsHttpsTrafficOnly": "true",
  },
  "Microsoft.Storage/storageAccounts/blobServices/containers": { "properties.publicAccess": "None" },
  "Microsoft.SignalRService/signalR": {
    "properties.disableLocalAuth": "true",
    "properties.features.0.flag": "ServiceMode",
    "properties.features.0.value": "Serverless",
    "properties.upstream.templates.0.auth.type": "ManagedIdentity",
    "identity.type": "SystemAssigned",
  },
  "Microsoft.Insights/components": { "properties.DisableLocalAuth": "true" },
  "Microsoft.OperationalInsights/workspaces": { "properties.features.disableLocalAuth": "true" },
  "Microsoft.Web/serverfarms": { "sku.name": "FC1", "sku.tier": "FlexConsumption", "properties.reserved": "true" },
  "Microsoft.Web/sites": {
    "properties.httpsOnly": "true",
    "properties.siteConfig.minTlsVersion": "1.2",
    "properties.functionAppConfig.runtime.name": "dotnet-isolated",
    "properties.functionAppConfig.runtime.version": "10.0",
    "properties.functionAppConfig.deployment.storage.type": "blobContainer",
    "properties.functionAppConfig.deployment.storage.authentication.type": "UserAssignedIdentity",
  },
  "Microsoft.Web/sites/basicPublishingCredentialsPolicies": { "properties.allow": "false" },
};

export function hardening({ sources }) {
  const complaints = [];
  const resources = sources.flatMap((file) => file.resources).filter((resource) => !resource.existing);
  for (const [type, wanted] of Object.entries(MUST)) {
    const found = resources.filter((resource) => resource.type === type);
    if (found.length === 0) {
      complaints.push(`there is no ${type}`);
    }
    for (const resource of found) {
      for (const [path, value] of Object.entries(wanted)) {
        const actual = at(resource.body, path);
        if (actual?.literal !== value) {
          complaints.push(`${resource.place}: ${path} of '${resource.symbol}' is ${actual?.text ?? "not given"}, and must be ${value}`);
        }
      }
    }
  }
  for (const resource of resources.filter((one) => one.type === "Microsoft.SignalRService/signalR")) {
    const templates = at(resource.body, "properties.upstream.templates")?.items ?? [];
    for (const template of templates) {
      const url = at(template, "urlTemplate")?.text ?? "";
      if (/[?&]code=/.test(url) || !url.endsWith("/runtime/webhooks/signalr'")) {
        complaints.push(`${resource.place}: the upstream ${url} is not the SignalR triggers' address without a key`);
      }
    }
  }
  return complaints;
}
