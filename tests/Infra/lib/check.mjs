// All complaints about a project, in the order of the rules. Files that do not parse are complained about alone.
import { alerts } from "../rules/alerts.mjs";
import { deployment } from "../rules/deployment.mjs";
import { hardening } from "../rules/hardening.mjs";
import { modules } from "../rules/modules.mjs";
import { names } from "../rules/names.mjs";
import { roles } from "../rules/roles.mjs";
import { secrets } from "../rules/secrets.mjs";
import { settings } from "../rules/settings.mjs";
import { syntax } from "../rules/syntax.mjs";
import { project } from "./project.mjs";

export const rules = { syntax, modules, names, secrets, hardening, settings, roles, alerts, deployment };

export function complaints(texts) {
  const all = project(texts);
  const faults = all.files.flatMap((file) => file.faults);
  return faults.length > 0 ? faults : Object.values(rules).flatMap((rule) => rule(all));
}
