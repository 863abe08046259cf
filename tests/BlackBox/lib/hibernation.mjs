// Sending every idle object to sleep, where the host can be told to: the embedded one can, and a host that answers 404 cannot.

import { client } from './objects.mjs';

let isSupported;

/** Has every idle object hibernate. False if this host takes no such order. */
export async function hibernate() {
  if (isSupported === false) {
    return false;
  }
  const { status } = await client.post('/api/hibernate');
  isSupported = status === 200;
  return isSupported;
}
