// Objects of the host under test, under names that nobody used before.

import { randomUUID } from 'node:crypto';
import { Client } from './http.mjs';
import { apiKey, baseUrl } from './target.mjs';

if (!baseUrl) {
  throw new Error('BASE_URL must name the host under test, such as http://127.0.0.1:7071. `npm test` starts one by itself.');
}

export const client = new Client(baseUrl, apiKey);

/** A name that no object has. */
export const freshName = (what = 'test') => `${what}-${randomUUID()}`;

/** An object that does not exist yet. */
export const fresh = (className) => client.object(className, freshName(className));

/** An object under a key. */
export const object = (className, key) => client.object(className, key);

/**
 * Whether the host refuses a name with a percent sign or a slash, because something in front of it escapes paths anew and it cannot tell
 * what was sent; such an object is reached by its id.
 */
export async function isRefused(one) {
  const { status, json } = await one.describe();
  return /[%/]/.test(one.key) && status === 400 && json.code === 'invalid-argument' && json.detail.includes('by its id');
}
