// Whether a concurrent history could have been made by one object that does one thing at a time (Herlihy and Wing's linearizability; the
// search is that of Wing and Gong, with Lowe's memory of what was tried).
//
// A history is a list of operations { start, end, input, output }. `start` is when the client asked and `end` when it had the answer, by one
// clock; of an operation whose outcome nobody learnt, `end` is Infinity and `output` is undefined: it may have happened at any time since its
// start, or never.
//
// A model is { initial, step(state, operation) }: every state that the object may be in after it has done the operation with that very output;
// an empty list if it could not have given that output. States are plain data, compared as JSON.

/**
 * Looks for an order of the operations that respects their times and the model.
 * @returns {{ isLinearizable: boolean, longest: object[], stuck: object[] }} the longest order found, and what could have come next in time
 * but not by the model.
 */
export function linearize(history, { initial, step }) {
  const operations = [...history].sort((a, b) => a.start - b.start);
  const count = operations.length;
  const done = new Uint8Array(count);
  const tried = new Set();
  const order = [];
  let longest = [];
  let stuck = [];
  let mustHappen = operations.filter(({ end }) => end !== Infinity).length;

  // What may come next: whatever began before the first end among the rest.
  const candidates = () => {
    let firstEnd = Infinity;
    const found = [];
    for (let i = first(); i < count && operations[i].start <= firstEnd; i++) {
      if (!done[i]) {
        found.push(i);
        firstEnd = Math.min(firstEnd, operations[i].end);
      }
    }
    return found.filter((i) => operations[i].start <= firstEnd);
  };
  const first = () => {
    const at = done.indexOf(0);
    return at < 0 ? count : at;
  };
  const branches = (state) => candidates().flatMap((i) => step(state, operations[i]).map((next) => ({ i, next })));
  const isNew = (state) => {
    const from = first();
    const last = done.lastIndexOf(1);
    const key = `${from}:${from < last ? done.subarray(from, last + 1).join('') : ''}|${JSON.stringify(state)}`;
    return !tried.has(key) && tried.add(key) !== undefined;
  };

  const stack = [{ branches: branches(initial), at: 0, i: -1 }];
  while (mustHappen > 0 && stack.length > 0) {
    const top = stack.at(-1);
    if (top.at === top.branches.length) {
      stack.pop();
      if (top.i >= 0) {
        done[top.i] = 0;
        order.pop();
        mustHappen += operations[top.i].end === Infinity ? 0 : 1;
      }
      continue;
    }
    const { i, next } = top.branches[top.at++];
    done[i] = 1;
    if (!isNew(next)) {
      done[i] = 0;
      continue;
    }
    order.push(operations[i]);
    mustHappen -= operations[i].end === Infinity ? 0 : 1;
    stack.push({ branches: branches(next), at: 0, i });
    if (order.length > longest.length || mustHappen === 0) {
      longest = [...order];
      stuck = candidates().map((one) => operations[one]);
    }
  }
  return { isLinearizable: mustHappen === 0, longest, stuck };
}
