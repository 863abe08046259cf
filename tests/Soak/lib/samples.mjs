// Numbers from samples.

/** The slope of a line through samples of [seconds, value], by least squares, in values a minute. */
export function slopePerMinute(samples) {
  const mean = (of) => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [meanX, meanY] = [mean(([x]) => x), mean(([, y]) => y)];
  const [over, under] = samples.reduce(
    ([xy, xx], [x, y]) => [xy + (x - meanX) * (y - meanY), xx + (x - meanX) ** 2], [0, 0]);
  if (under === 0) {
    throw new Error(`${samples.length} samples make no line; take more time.`);
  }
  return over / under * 60;
}

/** The middle one. */
export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
