// The sequential model of lock, semaphore and leader-election, for lib/linearizability.mjs: leases and places in time. Times are
// milliseconds of the epoch, by the clock that the host and its clients share.
//
// An operation is { input: { kind, ... }, output, start, end, lost }: it was done at some time between its start and its end. What that
// time was, its output often tells. Between operations the object's alarm may have come and granted something, at a time that nobody was
// told; but a token tells when it was granted, and so `seen`, all tokens that anybody ever saw, says when alarms may have granted what. Of a
// lease whose token nobody saw, since its host died before it was heard of, others may have been told the end: `ends` says when they were.
//
// inputs: acquire { owner, ttl, wait, permits, limit }, renew { owner, token, ttl }, release { owner, token }, cancel { owner }, state {},
//         handOver { owner, token, to }, stepDown {}
// An output has what the answer told; what it does not have is not compared.

const TokensPerMillisecond = 1000;

/** When a token was granted. */
export const grantedAt = (token) => Math.floor(token / TokensPerMillisecond);

/**
 * @param {{ owner: string, token: number }[]} seen every token that was seen, with its owner.
 * @param {number[]} ends every end of a lease that was told to somebody else.
 */
export function leaseModel(seen, ends = []) {
  const moments = new Map();
  for (const { owner, token } of seen) {
    moments.set(owner, (moments.get(owner) ?? new Set()).add(grantedAt(token)));
  }
  const momentsOf = (owners) => owners.flatMap((owner) => [...(moments.get(owner) ?? [])]);
  const allEnds = [...new Set(ends)];
  const grantsOf = (places) => [...new Set(places.map(({ ttl }) => ttl))].flatMap((ttl) => allEnds.map((end) => end - ttl));

  const step = (state, operation) => {
    const { input, output, start, end, lost = Infinity } = operation;
    const latest = Math.min(end, lost);
    const found = new Map();
    for (const before of [state, ...afterAlarms(state, latest)]) {
      // What is only read may be of before a turn, by a clock that is looked at after it.
      const earliest = input.kind === 'state' ? start : Math.max(before.now, start);
      for (const now of momentsOfInterest(before, operation, earliest, latest)) {
        const { next, told } = run(before, input, now);
        if (output === undefined || agrees(told, output)) {
          const { now: at, ...rest } = next;
          const key = JSON.stringify(rest);
          // The earlier leaves the more open.
          if (!(found.get(key)?.now <= at)) {
            found.set(key, next);
          }
        }
      }
    }
    return [...found.values()];
  };

  /** The states after one or more alarms, each of which granted something. */
  const afterAlarms = (state, latest) => {
    const owners = state.places.map(({ owner }) => owner);
    const times = new Set([state.now, ...turnsOf(state), ...momentsOf(owners), ...grantsOf(state.places)].filter((time) => time >= state.now && time <= latest));
    return [...times].sort((a, b) => a - b).flatMap((time) => {
      const next = settled(state, time);
      return next.lastToken === state.lastToken ? [] : [next, ...afterAlarms(next, latest)];
    });
  };

  const momentsOfInterest = (state, { input, output }, earliest, latest) => {
    const owners = [...state.places.map(({ owner }) => owner), input.owner];
    const told = [output?.expires - input.ttl, output?.until - input.wait];
    const times = [earliest, ...turnsOf(state), ...momentsOf(owners), ...told];
    return new Set(times.filter((time) => time >= earliest && time <= latest));
  };

  return { initial: { now: 0, lastToken: 0, leases: [], places: [] }, step };
}

/** The times at which something ends. */
const turnsOf = ({ leases, places }) => [...leases.map(({ expires }) => expires), ...places.map(({ ends }) => ends)];

const agrees = (told, output) => Object.entries(output).every(([key, value]) => JSON.stringify(told[key]) === JSON.stringify(value));

/** What time has brought: leases and places past their ends are gone, and what is free is granted in the order of the queue. */
const settled = (state, now) => granted({
  ...state,
  now,
  leases: state.leases.filter(({ expires }) => expires > now),
  places: state.places.filter(({ ends }) => ends > now),
});

function granted(state) {
  let next = state;
  while (next.places.length > 0 && fits(next, next.places[0])) {
    next = give(next, next.places[0]);
  }
  return next;
}

const fits = ({ leases }, { permits, limit }) => leases.reduce((sum, one) => sum + one.permits, 0) + permits <= limit;

function give(state, { owner, permits, ttl }) {
  const token = Math.max(state.lastToken + 1, state.now * TokensPerMillisecond);
  return {
    now: state.now,
    lastToken: token,
    leases: [...state.leases, { owner, token, permits, expires: state.now + ttl }],
    places: state.places.filter((place) => place.owner !== owner),
  };
}

/** What the object does at a time, and what it tells. A refusal undoes the whole turn, also what time had brought. */
function run(state, input, now) {
  const { kind, owner, token } = input;
  const refused = (why) => ({ next: { ...state, now }, told: { ok: false, why } });
  const start = settled(state, now);
  const held = start.leases.find((lease) => lease.owner === owner);
  const isHolder = held !== undefined && held.token === token;
  switch (kind) {
    case 'acquire': {
      if (held !== undefined && held.permits !== input.permits) {
        return refused('permits-differ');
      }
      const next = acquire(start, input);
      return { next, told: standing(next, owner) };
    }
    case 'renew': {
      if (!isHolder) {
        return refused('lost');
      }
      const expires = now + input.ttl;
      const leases = start.leases.map((one) => (one === held ? { ...one, expires } : one));
      return { next: { ...start, leases }, told: { ok: true, expires } };
    }
    case 'release': {
      const next = isHolder ? granted({ ...start, leases: start.leases.filter((one) => one !== held) }) : start;
      return { next, told: { ok: isHolder } };
    }
    case 'cancel': {
      const ok = state.places.some((place) => place.owner === owner && place.ends > now);
      return { next: settled({ ...state, places: state.places.filter((place) => place.owner !== owner) }, now), told: { ok } };
    }
    case 'handOver': {
      const place = start.places.find((one) => one.owner === input.to);
      if (!isHolder || place === undefined) {
        return refused(isHolder ? 'no-candidate' : 'lost');
      }
      const next = give({ ...start, leases: [] }, place);
      return { next, told: { ok: true, ...holderOf(next) } };
    }
    case 'stepDown': {
      const next = granted({ ...start, leases: [] });
      return { next, told: holderOf(next) };
    }
    case 'state': {
      const leases = state.leases.filter(({ expires }) => expires > now);
      const places = state.places.filter(({ ends }) => ends > now);
      return {
        next: state,
        told: {
          leases: leases.map((one) => [one.owner, one.token, one.permits, one.expires]),
          places: places.map((one) => [one.owner, one.permits, one.ends]),
        },
      };
    }
    default:
      throw new Error(`The model has no ${kind}.`);
  }
}

function acquire(state, { owner, ttl, wait, permits, limit }) {
  const place = state.places.find((one) => one.owner === owner);
  if (state.leases.some((lease) => lease.owner === owner)) {
    return state;
  }
  if (place !== undefined) {
    const wanted = { owner, permits, limit, ttl, ends: Math.max(place.ends, state.now + wait) };
    return granted({ ...state, places: state.places.map((one) => (one === place ? wanted : one)) });
  }
  const wanted = { owner, permits, limit, ttl, ends: state.now + wait };
  if (state.places.length === 0 && fits(state, wanted)) {
    return give(state, wanted);
  }
  return wait > 0 ? { ...state, places: [...state.places, wanted] } : state;
}

/** What `acquire` and `campaign` tell between them. */
function standing(state, owner) {
  const lease = state.leases.find((one) => one.owner === owner);
  const index = state.places.findIndex((one) => one.owner === owner);
  return {
    acquired: lease !== undefined,
    token: lease?.token ?? null,
    expires: lease?.expires ?? null,
    position: index < 0 ? null : index + 1,
    until: state.places[index]?.ends ?? null,
    heldUntil: lease === undefined ? Math.min(...state.leases.map(({ expires }) => expires)) : null,
    ...holderOf(state),
  };
}

/** Of a lock or an election. */
const holderOf = ({ leases }) => ({ holder: leases[0]?.owner ?? null, holderToken: leases[0]?.token ?? null });
