// Every file parses, and every name in it is one that it declares.
import { calls, namesIn } from "../lib/bicep.mjs";

const FUNCTIONS = new Set([
  "allowed", "concat", "description", "empty", "format", "guid", "loadJsonContent", "maxValue", "minLength", "maxLength", "minValue",
  "readEnvironmentVariable", "resourceGroup", "subscription", "subscriptionResourceId", "tenant", "toLower", "union", "uniqueString",
]);

export function syntax({ files }) {
  const complaints = [];
  for (const file of files) {
    complaints.push(...file.faults);
    const used = namesIn(file.root);
    const declared = new Set([
      ...file.params.keys(), ...file.vars.keys(), ...file.resources.map((resource) => resource.symbol), ...file.modules.map((module) => module.symbol),
    ]);
    for (const name of new Set(used)) {
      if (!declared.has(name)) {
        complaints.push(`${file.path} uses '${name}', which it does not declare`);
      }
    }
    if (file.path.endsWith(".bicep")) {
      for (const name of [...file.params.keys(), ...file.vars.keys()]) {
        if (!used.includes(name)) {
          complaints.push(`${file.path} declares '${name}' and does not use it`);
        }
      }
    }
    for (const call of calls(file)) {
      if (!FUNCTIONS.has(call.name)) {
        complaints.push(`${call.place} calls '${call.name}', which is no function that this deployment is known to use`);
      }
    }
  }
  return complaints;
}
