// azd and the workflow deploy what is there, and only from where they should.
import { posix } from "node:path";
import { parse } from "yaml";
import { APP } from "../lib/project.mjs";

const WORKFLOW = ".github/workflows/deploy.yml";

function projects(project) {
  const complaints = [];
  const tags = project.sources.flatMap((file) => [...file.text.matchAll(/'azd-service-name': '([^']+)'/g)].map((match) => match[1]));
  for (const [path, module] of [["azure.yaml", "dev"], ["infra/prod/azure.yaml", "prod"]]) {
    const content = parse(project.text(path) ?? "{}");
    const folder = posix.dirname(path);
    const parameters = posix.join(folder, content.infra?.path ?? "", `${content.infra?.module}.bicepparam`);
    if (parameters !== `infra/${module}.bicepparam`) {
      complaints.push(`${path} deploys with ${parameters}, and not with infra/${module}.bicepparam`);
    }
    const services = Object.entries(content.services ?? {});
    for (const [name, service] of services) {
      if (posix.join(folder, service.project) !== posix.dirname(APP) || service.host !== "function" || service.language !== "dotnet") {
        complaints.push(`${path}: the service ${name} is not the Functions app`);
      }
      if (!tags.includes(name)) {
        complaints.push(`${path}: no app has the tag azd-service-name '${name}'`);
      }
    }
    if (services.length !== 1) {
      complaints.push(`${path} has ${services.length} services`);
    }
  }
  return complaints;
}

function workflow(project) {
  const complaints = [];
  const say = (text) => complaints.push(`${WORKFLOW} ${text}`);
  const content = parse(project.text(WORKFLOW) ?? "{}");
  const on = content.on ?? {};
  if ("pull_request_target" in on) {
    say("runs a stranger's code with the repository's rights (pull_request_target)");
  }
  if (JSON.stringify(content.permissions) !== JSON.stringify({ contents: "read" })) {
    say("gives its jobs more than reading the contents");
  }
  const jobs = Object.entries(content.jobs ?? {});
  const deploys = jobs.filter(([, job]) => job.steps.some((step) => /\bazd (up|provision|deploy)\b/.test(step.run ?? "")));
  if (deploys.length === 0) {
    say("deploys nothing");
  }
  if (!jobs.some(([, job]) => job.steps.some((step) => step.run === "./test") && !deploys.some(([, other]) => other === job))) {
    say("has no job that runs ./test and nothing else");
  }
  for (const [name, job] of jobs) {
    const deploying = deploys.some(([other]) => other === name);
    const permissions = JSON.stringify(job.permissions ?? null);
    if (permissions !== (deploying ? JSON.stringify({ contents: "read", "id-token": "write" }) : "null")) {
      say(`gives the job ${name} the permissions ${permissions}`);
    }
    if (deploying && (!String(job.if ?? "").includes("github.event_name != 'pull_request'") || ![job.needs].flat().includes("test"))) {
      say(`runs the job ${name} for pull requests, or without the tests`);
    }
    if (deploying && !job.environment) {
      say(`runs the job ${name} in no environment, and its federated credential is for one`);
    }
  }
  if (/secrets\./.test(project.text(WORKFLOW) ?? "")) {
    say("uses a stored secret, where federated identity needs none");
  }
  return complaints;
}

export function deployment(project) {
  return [...projects(project), ...workflow(project)];
}
