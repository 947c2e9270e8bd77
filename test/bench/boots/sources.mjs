import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Where in the sources a position of a service's bundle comes from. */
export class Sources {
  /** `folder`: of the bundle, in the repository. */
  constructor(map, folder) {
    this.map = map;
    this.folder = folder;
  }

  static of(service) {
    const folder = `services/${service}/dist`;
    const map = JSON.parse(readFileSync(join(root, folder, 'main.js.map'), 'utf8'));
    return new Sources(new SourceMap(map), folder);
  }

  /** File in the repository and line, or undefined; `line` and `column` count from 0. */
  positionOf(line, column) {
    const { originalSource, originalLine } = this.map.findEntry(line, column);
    return originalSource === undefined
      ? undefined
      : { file: join(this.folder, originalSource), line: originalLine + 1 };
  }
}
