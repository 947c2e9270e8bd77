import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createKeyFolder,
  Deriver,
  keyEnvironment,
  KeyFile,
  keyPath,
  Opener,
  Sealer,
  type KeyName,
} from '@metalcast/keys';
import { testRun } from './test-run.js';

/** What nobody may see of the keys in a folder. */
export function keySecretsIn(folder: string): string[] {
  const text = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  return [...text.join('\n').matchAll(/"[dk]": "([\w-]+)"/g)].map(([, secret = '']) => secret);
}

/** The keys of one installation, in a folder that the end of the test run removes. */
export class TestKeys {
  readonly folder = join(testRun().folder, `keys-${randomBytes(6).toString('hex')}`);
  private readonly files = new Map<KeyName, KeyFile>();

  constructor() {
    createKeyFolder(this.folder);
  }

  /** How a service is told of its keys, and of no other. */
  environment(service: string): Record<string, string> {
    return keyEnvironment(service, this.folder);
  }

  holder(name: KeyName): KeyFile {
    const file = this.files.get(name) ?? new KeyFile(name, keyPath(this.folder, name));
    this.files.set(name, file);
    return file;
  }

  seal(name: 'bmcPublic' | 'instancePublic', owner: string, plain: string): Promise<string> {
    return new Sealer(this.holder(name)).seal(owner, plain);
  }

  opener(name: 'bmcPrivate' | 'instancePrivate'): Opener {
    return new Opener(this.holder(name));
  }

  secrets(): string[] {
    return keySecretsIn(this.folder);
  }

  get agent(): Deriver {
    return new Deriver(this.holder('agent'));
  }
}
