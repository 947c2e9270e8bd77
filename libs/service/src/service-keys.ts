import { ConfigError } from '@metalcast/config';
import { KeyFile, keyFiles, keyOptionName, keyVariable, type KeyName } from '@metalcast/keys';
import type { Logger } from '@metalcast/log';

type Environment = Readonly<Record<string, string | undefined>>;

const formerKey = 'METALCAST_SECRETS_KEY';
const names = Object.keys(keyFiles) as KeyName[];

/** The files with keys that one process has opened. */
export class ServiceKeys {
  private constructor(readonly files: Readonly<Partial<Record<KeyName, KeyFile>>>) {}

  /**
   * Opens the files that the configuration names. Throws a ConfigError, with a sentence for each, when one cannot be used, and when the
   * environment offers the service a key that it must not have: whoever breaks into it would have that too.
   */
  static open(
    service: string,
    config: Readonly<Record<string, unknown>>,
    env: Environment,
  ): ServiceKeys {
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
    return new ServiceKeys(files);
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
  const isSet = (variable: string): boolean => (env[variable] ?? '') !== '';
  const foreign = names
    .filter((name) => !(keyOptionName(name) in config) && isSet(keyVariable(name)))
    .map(
      (name) => `${keyVariable(name)}: ${service} must not have the key that ${keyFiles[name].use}`,
    );
  const former = [formerKey, `${formerKey}_FILE`]
    .filter(isSet)
    .map(
      (variable) =>
        `${variable}: no service has the one key of earlier releases any more; docs/keys.md tells how to go on without it`,
    );
  return [...foreign, ...former];
}
