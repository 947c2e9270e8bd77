import { randomBytes } from 'node:crypto';
import type { DeploymentInstance, DeploymentPort } from '@metalcast/db/deploy-helper';
import { defaultZone } from '@metalcast/domain';
import type { Opener } from '@metalcast/keys';
import { z } from 'zod';

export interface InjectedFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Everything that the config drive of one server contains. Holds secrets in the clear. */
export interface ConfigDriveInput {
  readonly uuid: string;
  readonly name: string;
  readonly hostname: string;
  readonly projectId: string;
  readonly launchIndex: number;
  readonly availabilityZone: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Makes the system's first random numbers unpredictable, as in Nova. */
  readonly randomSeed: Buffer;
  readonly adminPass: string | undefined;
  readonly userData: Buffer | undefined;
  readonly files: readonly InjectedFile[];
  readonly ports: readonly DeploymentPort[];
  /** Whether the disk gets a swap partition. */
  readonly hasSwap: boolean;
  /**
   * The URL that the system calls after its first boot, token included; undefined when the image does not promise to
   * call.
   */
  readonly phoneHomeUrl: string | undefined;
}

export type Surroundings = Pick<ConfigDriveInput, 'ports' | 'hasSwap' | 'phoneHomeUrl'>;

const randomSeedBytes = 512;

/** The form in which the compute API takes files: contents in base64. */
const injectedFiles = z.array(z.object({ path: z.string(), contents: z.string() }));

/** Reads the server's row and decrypts its secrets. Fault SECRET_UNREADABLE. */
export async function configDriveInputOf(
  instance: DeploymentInstance,
  surroundings: Surroundings,
  secrets: Opener,
): Promise<ConfigDriveInput> {
  const secret = async (column: string, sealed: string | null): Promise<string | undefined> =>
    sealed === null || sealed === ''
      ? undefined
      : secrets.open(`instances.${column}:${instance.uuid}`, sealed);
  const [userData, files, adminPass] = await Promise.all([
    secret('user_data', instance.userData),
    secret('injected_files', instance.injectedFiles),
    secret('admin_pass', instance.adminPass),
  ]);
  return {
    uuid: instance.uuid,
    name: instance.displayName,
    hostname: instance.hostname,
    projectId: instance.projectId,
    launchIndex: instance.launchIndex,
    availabilityZone: instance.availabilityZone ?? defaultZone,
    keys:
      instance.keyName === null || instance.keyData === null
        ? {}
        : { [instance.keyName]: instance.keyData },
    metadata: z.record(z.string(), z.coerce.string()).catch({}).parse(instance.metadata),
    randomSeed: randomBytes(randomSeedBytes),
    adminPass,
    userData: userData === undefined ? undefined : Buffer.from(userData, 'base64'),
    files:
      files === undefined
        ? []
        : injectedFiles.parse(JSON.parse(files)).map(({ path, contents }) => ({
            path,
            content: Buffer.from(contents, 'base64'),
          })),
    ...surroundings,
  };
}
