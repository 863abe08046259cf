// The host under test: BASE_URL, and API_KEY if it wants one. Tests that start hosts of their own do without.

export const baseUrl = process.env.BASE_URL?.replace(/\/+$/, '');
export const apiKey = process.env.API_KEY;
