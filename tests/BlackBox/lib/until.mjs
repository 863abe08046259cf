// Waiting for what must come true in the end. Nothing in these tests waits for a time and hopes.

const Patience = 30_000;
const Pause = 20;

/** Resolves with the condition's first truthy value; rejects, with the last look at it, when patience is over. */
export async function until(what, condition, patience = Patience) {
  const end = Date.now() + patience;
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`Waited ${patience / 1000} s in vain until ${what}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, Pause));
  }
}

/** Resolves at a time, in milliseconds of the epoch, and never before. */
export async function at(time) {
  while (Date.now() < time) {
    await new Promise((resolve) => setTimeout(resolve, time - Date.now()));
  }
}
