// Where each service's time goes while servers boot: V8's sampling profile, begun and ended from outside.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { waitFor } from '@metalcast/rig';
import { serviceNames } from '@metalcast/domain';
import { profileReport } from './profile-report.mjs';
import { Sources } from './sources.mjs';

/** For node, before a service's program. */
export const profilerArguments = [`--import=${new URL('profiler.mjs', import.meta.url).href}`];

const written = (file) =>
  waitFor(() => existsSync(file), { timeoutMs: 120_000, what: `${file} to be written` });

export class Profiles {
  /** `folder`: where the profiles are written. */
  constructor(folder) {
    this.folder = folder;
  }

  /** What the profiler in the service is told. */
  settingsOf(service) {
    return { BENCH_PROFILE: this.fileOf(service) };
  }

  /** Profiles the services, by their pids, while `work` runs. */
  async over(pids, work) {
    const signal = () => serviceNames.forEach((name) => process.kill(pids[name], 'SIGUSR2'));
    signal();
    await Promise.all(serviceNames.map((name) => written(`${this.fileOf(name)}.begun`)));
    await work();
    signal();
    await Promise.all(serviceNames.map((name) => written(this.fileOf(name))));
  }

  report() {
    return serviceNames
      .map((name) => {
        const profile = JSON.parse(readFileSync(this.fileOf(name), 'utf8'));
        return profileReport(name, profile, Sources.of(name));
      })
      .join('\n\n');
  }

  fileOf(service) {
    return join(this.folder, `${service}.cpuprofile`);
  }
}
