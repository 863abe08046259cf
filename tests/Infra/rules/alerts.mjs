// An alert that asks for what nobody tells never fires: instruments, codes and log texts of the queries are the code's own.
import { at } from "../lib/bicep.mjs";

const QUERIES = "infra/modules/alerts.bicep";

// Log texts that come from Durable Functions' own Azure Storage backend, not from this code.
const FOREIGN_TEXTS = ["times and is now considered poison"];

// What a person must hear of, and the name of its rule.
const WANTED = ["dead-letters", "late-alarms", "errors", "damage"];

function each(query, pattern) {
  return [...query.matchAll(pattern)].map((match) => match[1]);
}

export function alerts(project) {
  const complaints = [];
  const file = project.files.find((one) => one.path === QUERIES);
  const rules = file?.resources.filter((resource) => resource.type === "Microsoft.Insights/scheduledQueryRules") ?? [];
  for (const name of WANTED) {
    if (!rules.some((rule) => rule.body.properties.get("name").text === `'\${namePrefix}-${name}'`)) {
      complaints.push(`${QUERIES} has no rule ${name}`);
    }
  }
  const instruments = each(project.text("src/DurableObjects/Diagnostics/ObjectInstruments.cs"), /"(durable_objects\.[a-z_.]+)"/g);
  const logs = project.text("src/DurableObjects/Work/WorkLog.cs");
  const codes = each(project.text("src/DurableObjects/ErrorCodes.cs") + project.text("src/Http/HttpErrorCodes.cs"), /const string \w+ = "([a-z-]+)"/g);
  for (const rule of rules) {
    const criterion = at(rule.body, "properties.criteria.allOf.0");
    const used = /^(?:format\()?(\w+)/.exec(at(criterion, "query").text)[1];
    const query = file.vars.get(used)?.literal ?? "";
    const say = (text) => complaints.push(`${rule.place}: the query of '${rule.symbol}' ${text}`);
    const names = each(query, /\bname == '([^']+)'/g);
    const texts = each(query, /\bmessage contains '([^']+)'/g);
    if (names.length + texts.length === 0) {
      say("asks for no figure and no log text");
    }
    names.filter((name) => !instruments.includes(name)).forEach((name) => say(`asks for ${name}, which no instrument is called`));
    texts.filter((text) => !logs.includes(text) && !FOREIGN_TEXTS.includes(text)).forEach((text) => say(`asks for '${text}', which is never logged`));
    each(query, /\bin \(([^)]*)\)/g).flatMap((list) => each(list, /'([^']+)'/g))
      .filter((code) => !codes.includes(code)).forEach((code) => say(`asks for the code ${code}, which does not exist`));
    each(query, /customDimensions\['([^']+)'\]/g).filter((tag) => tag !== "error.type").forEach((tag) => say(`asks for the tag ${tag}`));
    const column = at(criterion, "metricMeasureColumn")?.literal;
    if (column && !query.includes(`${column} = `)) {
      say(`has no column ${column}, which its rule adds up`);
    }
    if (!at(rule.body, "properties.actions")?.text.includes("actions")) {
      say("tells nobody");
    }
  }
  return complaints;
}
