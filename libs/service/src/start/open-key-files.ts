import { ownValue } from '@metalcast/domain';
import { ConfigError } from '@metalcast/config';
import { KeyFile, keyFiles, keyOptionName, keyVariable, type KeyName } from '@metalcast/keys';
import type { Logger } from '@metalcast/log';

type Environment = Readonly<Record<string, string | undefined>>;

const formerKey = 'METALCAST_SECRETS_KEY';
const names = Object.keys(keyFiles) as KeyName[];

/** The key files that this process has opened. */
export class OpenKeyFiles {
  private constructor(readonly files: Readonly<Partial<Record<KeyName, KeyFile>>>) {}

  /**
   * Opens the configured key files. Throws a ConfigError with a message for each file that cannot be used, and for each
   * key in the environment that the service must not have: an attacker who breaks into the service would get that key
   * too.
   */
  static open(
    service: string,
    config: Readonly<Record<string, unknown>>,
    env: Environment,
  ): OpenKeyFiles {
    const problems = unwanted(service, config, env);
    const files: Partial<Record<KeyName, KeyFile>> = {};
    for (const name of names) {
      const path = config[keyOptionName(name)];
      if (typeof path === 'string') {
        try {
          files[name] = new KeyFile(name, path);
        } catch (error) {
          problems.push(`${keyVariable(name)}: ${(error as Error).message}`);
        }
      }
    }
    if (problems.length > 0) {
      throw new ConfigError(
        `Bad configuration:\n${problems.map((line) => `  ${line}`).join('\n')}`,
      );
    }
    return new OpenKeyFiles(files);
  }

  watch(logger: Logger): void {
    for (const file of Object.values(this.files)) {
      file.watch({
        changed: (key, kids) => {
          logger.info({ key, kids }, 'keys have changed');
        },
        refused: (key, error) => {
          logger.error({ key, reason: error.message }, 'changed keys are refused');
        },
      });
    }
  }

  close(): void {
    for (const file of Object.values(this.files)) {
      file.close();
    }
  }
}

function unwanted(
  service: string,
  config: Readonly<Record<string, unknown>>,
  env: Environment,
): string[] {
  const isSet = (variable: string): boolean => (ownValue(env, variable) ?? '') !== '';
  const foreign = names
    .filter((name) => !Object.hasOwn(config, keyOptionName(name)) && isSet(keyVariable(name)))
    .map(
      (name) => `${keyVariable(name)}: ${service} must not have the key that ${keyFiles[name].use}`,
    );
  const former = [formerKey, `${formerKey}_FILE`]
    .filter(isSet)
    .map(
      (variable) =>
        `${variable}: the single key of earlier releases is no longer used by any service; docs/keys.md explains the change`,
    );
  return [...foreign, ...former];
}
