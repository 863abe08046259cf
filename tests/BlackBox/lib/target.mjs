// The host under test: BASE_URL, and API_KEY if it wants one. Tests that start hosts of their own do without.

export const baseUrl = process.env.BASE_URL?.replace(/\/+$/, '');
export const apiKey = process.env.API_KEY;

// 1 for what a host on this machine takes within seconds; less for one that is far away, or busy.
const load = Number(process.env.LOAD ?? 1);

/** As many of something as this host is to be given. */
export const some = (count) => Math.max(2, Math.round(count * load));
