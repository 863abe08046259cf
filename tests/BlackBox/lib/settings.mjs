// What a host is told when the suite starts it, and what the tests are told of that: where the suite's own servers listen, which stand for
// the receivers of webhooks, the agents and the sources of the world. A host that was started otherwise knows none of it, and what needs it is
// skipped.

import { agentSettings } from './agents.mjs';
import { cacheSettings, startCacheSource } from './cache-source.mjs';
import { freePort } from './host.mjs';
import { pollingSettings } from './polling.mjs';
import { webhookSettings } from './webhooks.mjs';

/** { environment, tests, stop }: the host's environment and the tests', and how to stop what is common to all tests. */
export async function hostSettings() {
  const [webhooks, agents, demo, cache] = [await freePort(), await freePort(), await freePort(), await freePort()];
  return {
    environment: { ...webhookSettings(webhooks), ...agentSettings(agents, demo), ...pollingSettings, ...cacheSettings(cache) },
    tests: { WEBHOOK_PORT: `${webhooks}`, AGENT_PORT: `${agents}`, DEMO_PORT: `${demo}`, POLLING: 'private', CACHE_SOURCES: 'yes' },
    stop: await startCacheSource(cache),
  };
}
