// No secret is asked for, read or told: there is none in this deployment.
import { calls } from "../lib/bicep.mjs";

const SECRET = /secret|password|connectionstring|accesskey|sharedkey|accountkey|sastoken/i;

export function secrets({ sources }) {
  const complaints = [];
  for (const file of sources) {
    for (const call of calls(file).filter((one) => /^list[A-Z]/.test(one.name) || one.name === "getSecret")) {
      complaints.push(`${call.place} reads secrets with ${call.name}`);
    }
    for (const param of file.params.values()) {
      if (param.isSecure || SECRET.test(param.name)) {
        complaints.push(`${param.place}: the parameter '${param.name}' is a secret`);
      }
    }
    for (const output of file.outputs) {
      if (SECRET.test(output.name) || SECRET.test(output.value.text)) {
        complaints.push(`${output.place}: the output '${output.name}' tells a secret`);
      }
    }
    if (/\b(AccountKey|AccessKey|SharedAccessSignature)=/i.test(file.text)) {
      complaints.push(`${file.path} holds a connection string with a key`);
    }
  }
  return complaints;
}
