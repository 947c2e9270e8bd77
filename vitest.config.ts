import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { oldRelease } from './test/soak/releases/old-release.js';

/** Servers of a test run: started by the first test that needs them, removed at the end of the run. */
const globalSetup = ['libs/testing/src/global-setup.ts'];

const resolve = { ssr: { resolve: { conditions: ['source'] } } };

/**
 * Begun last, they would keep one worker while the others have nothing left. Not both racks at first: emulated machines
 * start slowly side by side.
 */
const longest = ['e2e/rack/rack', 'e2e/simulated/kills', 'e2e/rack/hardware'];

/** Tests beside an old release; they do not exist until something is released. */
const besideOldRelease = ['test/soak/releases/**', 'test/e2e/simulated/releases.test.ts'];
const withoutOldRelease = oldRelease() === undefined ? besideOldRelease : [];
if (withoutOldRelease.length > 0 && process.argv.some((word) => /(^|=)(e2e|soak)$/.test(word))) {
  process.stderr.write(
    `Left out, because no tag and no METALCAST_TEST_RELEASE names an old release: ${besideOldRelease.join(', ')}\n`,
  );
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = longest.findIndex((part) => moduleId.includes(part));
      return place === -1 ? longest.length : place;
    };
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...resolve,
        test: {
          name: 'unit',
          // Files share a process: what they import is then loaded once. None keeps state that another could meet.
          isolate: false,
          include: [
            '{libs,services}/*/src/**/*.test.ts',
            '{cli,lab}/src/**/*.test.ts',
            'lab/setup/*.test.mjs',
            'images/**/*.test.mjs',
            'lint/*.test.mjs',
            'test/clients/*.test.mjs',
          ],
        },
      },
      {
        ...resolve,
        test: {
          name: 'integration',
          isolate: false,
          // As the services have it: libs/service/src/memory/wasm-tiers.ts.
          execArgv: ['--wasm-tiering-budget=100000000'],
          globalSetup,
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...resolve,
        test: {
          name: 'e2e',
          globalSetup,
          include: ['test/e2e/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...withoutOldRelease],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        ...resolve,
        test: {
          name: 'soak',
          globalSetup,
          include: ['test/soak/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...withoutOldRelease],
          testTimeout: 3_600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
