import { networkData } from './network-data.js';
import type { ConfigDriveInput } from './config-drive-input.js';
import { vendorData } from './vendor-data.js';

export interface DriveFile {
  readonly path: string;
  readonly content: Buffer;
}

/** The files of a config drive (OpenStack's `config-2`), in a fixed order. Pure. */
export function configDriveFiles(server: ConfigDriveInput): DriveFile[] {
  const latest = (name: string, content: Buffer): DriveFile => ({
    path: `openstack/latest/${name}`,
    content,
  });
  const vendor = vendorData(server);
  return [
    latest('meta_data.json', json(metaData(server))),
    latest('network_data.json', json(networkData(server.ports))),
    ...(vendor === undefined ? [] : [latest('vendor_data.json', json(vendor))]),
    ...(server.userData === undefined ? [] : [latest('user_data', server.userData)]),
    ...server.files.map(({ content }, index) => ({
      path: `openstack${contentPath(index)}`,
      content,
    })),
  ];
}

function metaData(server: ConfigDriveInput): object {
  return {
    uuid: server.uuid,
    name: server.name,
    hostname: server.hostname,
    project_id: server.projectId,
    launch_index: server.launchIndex,
    availability_zone: server.availabilityZone,
    public_keys: server.keys,
    keys: Object.entries(server.keys).map(([name, data]) => ({ name, type: 'ssh', data })),
    meta: server.metadata,
    random_seed: server.randomSeed.toString('base64'),
    ...(server.adminPass === undefined ? {} : { admin_pass: server.adminPass }),
    ...(server.files.length === 0
      ? {}
      : {
          files: server.files.map(({ path }, index) => ({
            path,
            content_path: contentPath(index),
          })),
        }),
  };
}

const contentPath = (index: number): string => `/content/${String(index).padStart(4, '0')}`;

/** One line, with a blank after each colon: Nova writes JSON so, and simple readers depend on it. */
function json(value: object): Buffer {
  return Buffer.from(spaced(value));
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(spaced).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(
      ([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`,
    );
    return `{${fields.join(', ')}}`;
  }
  return JSON.stringify(value);
}
