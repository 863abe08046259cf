// Problem documents of RFC 9457, as every error of the host is one.

import assert from 'node:assert/strict';

/** Checks that an answer is a problem with this status and code, and that its detail mentions each of the texts. */
export function assertProblem(answer, status, code, ...mentions) {
  assert.equal(answer.status, status, `expected ${status} ${code}, got ${answer.status}: ${answer.text}`);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  const problem = answer.json;
  assert.equal(problem.code, code, answer.text);
  assert.equal(problem.status, status);
  assert.equal(problem.type, 'about:blank');
  assert.equal(typeof problem.title, 'string');
  assert.notEqual(problem.detail, '');
  assert.equal(typeof problem.retryable, 'boolean');
  assert.equal(typeof problem.overloaded, 'boolean');
  for (const text of mentions) {
    assert.ok(problem.detail.includes(text), `the detail should mention ${text}: ${problem.detail}`);
  }
  return problem;
}
