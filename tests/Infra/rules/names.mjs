// Names of resources come from the token, so that an environment finds its own again and meets no other.
import { namesIn } from "../lib/bicep.mjs";

const TOKEN = /^toLower\(uniqueString\((?=.*\bsubscription\(\)\.id\b)(?=.*\benvironmentName\b).*\)\)$/;

// Whether a value has the token in it, whatever way it takes: a variable, or a parameter that every user fills from it.
function hasToken(project, file, value) {
  return namesIn(value.node).some((name) => {
    if (name === "token") {
      return true;
    }
    if (file.vars.has(name)) {
      return hasToken(project, file, file.vars.get(name));
    }
    if (!file.params.has(name)) {
      return false;
    }
    const uses = project.sources.flatMap((user) => user.modules
      .filter((module) => project.file(user.path, module.path) === file)
      .map((module) => ({ user, given: module.body.properties.get("params")?.properties.get(name) })));
    return uses.length > 0 && uses.every(({ user, given }) => given && hasToken(project, user, given));
  });
}

export function names(project) {
  const complaints = [];
  const main = project.files.find((file) => file.path === "infra/main.bicep");
  if (!TOKEN.test(main?.vars.get("token")?.text ?? "")) {
    complaints.push("infra/main.bicep makes no 'token' out of the subscription and the environment's name");
  }
  for (const file of project.sources) {
    for (const resource of file.resources.filter((one) => !one.existing && !one.isNested)) {
      const name = resource.body.properties.get("name");
      const good = !name ? false
        : resource.type === "Microsoft.Authorization/roleAssignments" ? name.text.startsWith("guid(")
        : resource.type === "Microsoft.Resources/resourceGroups" ? namesIn(name.node).includes("environmentName")
        : hasToken(project, file, name);
      if (!good) {
        complaints.push(`${resource.place}: the name of '${resource.symbol}' does not come from the token`);
      }
    }
  }
  return complaints;
}
