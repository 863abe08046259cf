// How lock, semaphore and leader-election are asked, and how their answers read as the outputs of lib/lease-model.mjs.

const time = (text) => (text === null ? null : Date.parse(text));
const seconds = (milliseconds) => milliseconds / 1000;

/** The output of an operation that the object may refuse: by its result, or by the code of a refusal. */
const refusable = (whys, read) => ({ status, json }) => {
  if (status === 409 && whys[json.code]) {
    return { ok: false, why: whys[json.code] };
  }
  return read(json);
};

const standing = ({ acquired, fencingToken, expiresAt, position, waitsUntil, heldUntil }) => ({
  acquired, token: fencingToken, expires: time(expiresAt), position, until: time(waitsUntil), heldUntil: time(heldUntil),
});

const holding = ({ leader, term }) => ({ holder: leader, holderToken: term });

const lost = { 'lease-lost': 'lost', 'not-leader': 'lost' };
const renewal = refusable(lost, ({ expiresAt }) => ({ ok: true, expires: time(expiresAt) }));
const outcome = ({ json }) => ({ ok: json });

const held = {
  renew: ({ owner, token, ttl }) => ({ method: 'renew', args: { owner, fencingToken: token, ttlSeconds: seconds(ttl) }, read: renewal }),
  release: ({ owner, token }) => ({ method: 'release', args: { owner, fencingToken: token }, read: outcome }),
  cancel: ({ owner }) => ({ method: 'cancel', args: { owner }, read: outcome }),
};

// Of a socket for each owner.
const ears = {
  target: 'granted',
  queries: (owners) => owners.map((owner) => ({ owner })),
  heard: ({ owner, fencingToken, acquiredAt }) => ({ owner, token: fencingToken, since: time(acquiredAt) }),
};

export const kinds = {
  lock: {
    limit: 1,
    permits: () => 1,
    wait: ({ below }) => below(3) * 150,
    chances: { acquire: 50, renew: 12, release: 18, cancel: 5, state: 15 },
    ears,
    ask: {
      ...held,
      acquire: ({ owner, ttl, wait }) => ({
        method: 'acquire', args: { owner, ttlSeconds: seconds(ttl), waitSeconds: seconds(wait) }, read: ({ json }) => standing(json),
      }),
      state: () => ({
        query: 'state',
        read: ({ json: { holder, queue } }) => ({
          leases: holder === null ? [] : [[holder.owner, holder.fencingToken, 1, time(holder.expiresAt)]],
          places: queue.map(({ owner, waitsUntil }) => [owner, 1, time(waitsUntil)]),
        }),
      }),
    },
  },
  semaphore: {
    limit: 3,
    permits: ({ below }) => 1 + below(2),
    wait: ({ below }) => below(3) * 150,
    chances: { acquire: 50, renew: 12, release: 15, cancel: 5, state: 18 },
    ears,
    ask: {
      ...held,
      acquire: ({ owner, ttl, wait, permits, limit }) => ({
        method: 'acquire',
        args: { owner, limit, ttlSeconds: seconds(ttl), permits, waitSeconds: seconds(wait) },
        read: refusable({ 'permits-differ': 'permits-differ' }, standing),
      }),
      state: () => ({
        query: 'state',
        read: ({ json: { holders, queue } }) => ({
          leases: holders.map((one) => [one.owner, one.fencingToken, one.permits, time(one.expiresAt)]),
          places: queue.map((one) => [one.owner, one.permits, time(one.waitsUntil)]),
        }),
      }),
    },
  },
  'leader-election': {
    limit: 1,
    permits: () => 1,
    // A candidacy lasts as long as a leadership.
    wait: (chance, ttl) => ttl,
    chances: { acquire: 50, renew: 15, release: 8, cancel: 4, handOver: 8, stepDown: 2, state: 13 },
    // One that watches hears of all.
    ears: {
      target: 'leader',
      queries: () => [{}],
      heard: ({ leader, term, electedAt }) => ({ owner: leader, token: term, since: time(electedAt) }),
    },
    ask: {
      acquire: ({ owner, ttl }) => ({
        method: 'campaign',
        args: { candidate: owner, ttlSeconds: seconds(ttl) },
        read: ({ json: { isLeader, leader, term, position, expiresAt } }) => ({
          acquired: isLeader, holder: leader, holderToken: term, position,
          ...(isLeader ? { token: term, expires: time(expiresAt) } : { until: time(expiresAt) }),
        }),
      }),
      renew: ({ owner, token, ttl }) => ({
        method: 'renew', args: { candidate: owner, term: token, ttlSeconds: seconds(ttl) }, read: renewal,
      }),
      release: ({ owner, token }) => ({ method: 'resign', args: { candidate: owner, term: token }, read: outcome }),
      cancel: ({ owner }) => ({ method: 'withdraw', args: { candidate: owner }, read: outcome }),
      handOver: ({ owner, token, to }) => ({
        method: 'handOver',
        args: { candidate: owner, term: token, to },
        read: refusable({ ...lost, 'not-a-candidate': 'no-candidate' }, (json) => ({ ok: true, ...holding(json) })),
      }),
      stepDown: () => ({ method: 'stepDown', args: {}, read: ({ json }) => holding(json) }),
      state: () => ({
        query: 'state',
        read: ({ json: { leader, term, expiresAt, candidates } }) => ({
          leases: leader === null ? [] : [[leader, term, 1, time(expiresAt)]],
          places: candidates.map((one) => [one.name, 1, time(one.expiresAt)]),
        }),
      }),
    },
  },
};
