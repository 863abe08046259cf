// What clients see of the object class lock while its host is killed under them could all have been done by one object, one thing
// at a time: see lib/lease-model.mjs.

import { test } from 'node:test';
import { historiesOfAMortalHost } from '../lib/lease-history.mjs';

test('A lock is one object to its clients, whether or not they ask again, however often its host is killed', (t) =>
  historiesOfAMortalHost(t, 'lock', { repeating: [1, 2], forgetting: [3, 4], crashes: 4 }));
