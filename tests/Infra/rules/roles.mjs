// The app's identity has every role that it needs, where it needs it, and no other: bicep against roles.json, and that
// against the packages by which the app reaches Azure.
import { APP } from "../lib/project.mjs";

// Azure's built-in roles by name, from its list of them.
const BUILT_IN = {
  "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  "Storage Queue Data Contributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
  "Storage Table Data Contributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
  "SignalR Service Owner": "7e4f1700-ea5a-4f59-8f37-079cfe29dce3",
  "Monitoring Metrics Publisher": "3913510d-42f4-4e42-8a64-420c390055eb",
};

const AZURE_PACKAGE = /<PackageReference\s+Include="((?:Azure|Microsoft\.Azure)\.[^"]+)"/g;

function assignments(project) {
  return project.sources.flatMap((file) => file.resources
    .filter((resource) => resource.type === "Microsoft.Authorization/roleAssignments")
    .map((resource) => {
      const properties = resource.body.properties.get("properties").properties;
      const definition = properties.get("roleDefinitionId").text;
      const role = /^subscriptionResourceId\('Microsoft\.Authorization\/roleDefinitions', roles\.(\w+)\.id\)$/.exec(definition)?.[1];
      const on = resource.body.properties.get("scope")?.text;
      const target = file.resources.find((one) => one.symbol === on);
      return { resource, role, on, target, definition, principal: properties.get("principalId").text };
    }));
}

export function roles(project) {
  const complaints = [];
  const table = JSON.parse(project.text("infra/roles.json"));
  for (const [key, role] of Object.entries(table.roles)) {
    if (BUILT_IN[role.name] !== role.id) {
      complaints.push(`roles.json: ${key} is '${role.name}', whose id is not ${role.id}`);
    }
  }
  const assigned = assignments(project);
  for (const { resource, role, on, target, definition, principal } of assigned) {
    if (!role || !(role in table.roles)) {
      complaints.push(`${resource.place} assigns ${definition}, which is no role of roles.json`);
    }
    if (!target) {
      complaints.push(`${resource.place} assigns a role on '${on}', which is no resource here`);
    }
    if (principal !== "principalId") {
      complaints.push(`${resource.place} assigns a role to ${principal} and not to the app's identity`);
    }
    const name = resource.body.properties.get("name").text;
    if (name !== `guid(${on}.id, principalId, roles.${role}.id)`) {
      complaints.push(`${resource.place} is named ${name}: two assignments must never share a name, nor one change it`);
    }
    if (!table.needs.some((need) => need.role === role && need.on === on)) {
      complaints.push(`${resource.place} assigns ${role} on ${on}, for which roles.json gives no reason`);
    }
  }
  for (const need of table.needs) {
    if (!assigned.some((one) => one.role === need.role && one.on === need.on)) {
      complaints.push(`roles.json needs ${need.role} on ${need.on}, which bicep does not assign`);
    }
  }
  const known = new Set([...table.needNone, ...table.needs.flatMap((need) => need.packages)]);
  for (const [, name] of project.text(APP).matchAll(AZURE_PACKAGE)) {
    if (!known.has(name)) {
      complaints.push(`${APP} uses ${name}, and roles.json does not say which role that needs`);
    }
  }
  return complaints;
}
