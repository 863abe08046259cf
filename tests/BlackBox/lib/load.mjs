// Increments of many counters by many workers at once.

/**
 * Increments every counter `each` times, in turn, from `workers` at once; to each counter's set of answers. An answer that came
 * twice throws. With `failed`, a request that fails is given to it, and that worker ends.
 */
export async function increments(counters, { each, workers, failed }) {
  const answers = new Map(counters.map((counter) => [counter, new Set()]));
  let next = 0;
  const work = async () => {
    while (next < counters.length * each) {
      const counter = counters[next++ % counters.length];
      let value;
      try {
        value = await counter.call('increment');
      } catch (error) {
        if (!failed) {
          throw error;
        }
        failed(error);
        return;
      }
      if (answers.get(counter).has(value)) {
        throw new Error(`${counter.key} answered ${value} twice.`);
      }
      answers.get(counter).add(value);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return answers;
}
