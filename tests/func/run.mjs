// tests/func/run: the black-box suite against the app under `func start`. Where `func` is not on the PATH, it says so in one line.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostSettings } from '../BlackBox/lib/settings.mjs';
import { hasFunc, root, withApp } from './app.mjs';

/** What a Functions host with Azurite, all on one machine, is given of the load that the embedded host takes. */
const Load = process.env.LOAD ?? '0.05';

if (hasFunc('tests/func')) {
  const { environment, tests, stop } = await hostSettings();
  process.exitCode = await withApp(async ({ url }) => {
    const suite = spawn('npm', ['test', '--prefix', 'tests/BlackBox', '--silent', '--', ...process.argv.slice(2)], {
      cwd: root, stdio: 'inherit', env: { TEST_TIMEOUT: '600000', ...process.env, BASE_URL: url, HOST_KIND: 'functions', LOAD: Load, ...tests },
    });
    const [code] = await once(suite, 'exit');
    return code ?? 1;
  }, { environment });
  await stop();
}
