// Whoever uses a file gives it all that it needs and nothing else: modules by main.bicep, main.bicep by the parameter files.
import { outputUses } from "../lib/bicep.mjs";

function supply(place, target, given) {
  const complaints = [];
  for (const param of target.params.values()) {
    if (param.isRequired && !given.has(param.name)) {
      complaints.push(`${place} does not give '${param.name}' to ${target.path}`);
    }
  }
  for (const name of given.keys()) {
    if (!target.params.has(name)) {
      complaints.push(`${place} gives '${name}' to ${target.path}, which has no such parameter`);
    }
  }
  for (const [name, value] of given) {
    const allowed = target.params.get(name)?.allowed;
    if (allowed && value.literal !== undefined && !allowed.includes(value.literal)) {
      complaints.push(`${place} gives '${value.literal}' for '${name}', which ${target.path} does not allow`);
    }
  }
  return complaints;
}

export function modules(project) {
  const complaints = [];
  const used = new Set();
  for (const file of project.sources) {
    const targets = new Map();
    for (const module of file.modules) {
      const target = project.file(file.path, module.path);
      if (!target) {
        complaints.push(`${module.place} names ${module.path}, which is not there`);
        continue;
      }
      targets.set(module.symbol, target);
      used.add(target.path);
      complaints.push(...supply(module.place, target, module.body.properties.get("params")?.properties ?? new Map()));
    }
    for (const use of outputUses(file)) {
      if (targets.has(use.module) && !targets.get(use.module).outputs.some((output) => output.name === use.output)) {
        complaints.push(`${use.place} reads the output '${use.output}' of ${targets.get(use.module).path}, which has none of that name`);
      }
    }
  }
  for (const file of project.sources) {
    if (file.path.includes("/modules/") && !used.has(file.path)) {
      complaints.push(`${file.path} is a module that nothing uses`);
    }
  }
  const parameterFiles = project.files.filter((file) => file.path.endsWith(".bicepparam"));
  for (const name of ["dev", "prod"]) {
    if (!parameterFiles.some((file) => file.path === `infra/${name}.bicepparam`)) {
      complaints.push(`infra/${name}.bicepparam is not there`);
    }
  }
  for (const file of parameterFiles) {
    const target = file.using && project.file(file.path, file.using);
    complaints.push(...(target ? supply(file.path, target, file.vars) : [`${file.path} is for '${file.using}', which is not there`]));
  }
  return complaints;
}
