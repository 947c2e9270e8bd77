// The configuration of the suites, as files, and the environment that names the files.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memberNames, memberRoles } from './accounts.mjs';

const region = 'RegionOne';
/** For one test. */
const testSeconds = 180;
/** For one server, which takes a second or two. */
const waitSeconds = 60;

/**
 * Writes the files to `folder`, which only root can read. `cloud` is as `withCloud` gives it.
 */
export function writeSettings(folder, cloud) {
  const file = (name, content) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const accounts = file('accounts.yaml', JSON.stringify(tempestAccounts(cloud)));
  file('tempest.conf', iniOf(tempestConfiguration(cloud, { folder, accounts })));
  // The tests of the SDK upload this file of its sources as an image.
  file('CONTRIBUTING.rst', 'Not a disk\n');
  const clouds = file('clouds.yaml', JSON.stringify(openstackClouds(cloud)));
  return {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    OS_TEST_TIMEOUT: String(testSeconds),
    TEMPEST_CONFIG_DIR: folder,
    TEMPEST_CONFIG: 'tempest.conf',
    OS_CLIENT_CONFIG_FILE: clouds,
    // The cloud of tests that name none.
    OS_CLOUD: 'devstack-admin',
    OPENSTACKSDK_FLAVOR: cloud.flavors[0].name,
    OPENSTACKSDK_IMAGE: cloud.images[0].name,
    OPENSTACKSDK_FUNC_TEST_TIMEOUT: String(waitSeconds),
    OS_NOVACLIENT_EXEC_DIR: '/usr/bin',
    OS_GLANCECLIENT_EXEC_DIR: '/usr/bin',
  };
}

const tempestAccounts = ({ password }) => [
  { username: 'admin', project_name: 'admin', password, types: ['admin'], roles: ['admin'] },
  ...memberNames.map((name) => ({
    username: name,
    project_name: name,
    password,
    roles: memberRoles,
  })),
];

/**
 * Versions, extensions and formats are told as the APIs have them. Features keep Tempest's defaults, so that what is not
 * offered is counted as a failure.
 */
const tempestConfiguration = (cloud, { folder, accounts }) => ({
  DEFAULT: { log_dir: folder, log_file: 'tempest.log', use_stderr: false },
  oslo_concurrency: { lock_path: folder },
  auth: {
    use_dynamic_credentials: false,
    test_accounts_file: accounts,
    tempest_roles: 'member',
    // For tests that do not take their administrator from the file.
    admin_username: 'admin',
    admin_password: cloud.password,
    admin_project_name: 'admin',
    admin_domain_name: 'Default',
  },
  identity: { uri_v3: cloud.authUrl, auth_version: 'v3', region },
  'identity-feature-enabled': { api_v2: false, api_v3: true },
  compute: {
    flavor_ref: cloud.flavors[0].id,
    flavor_ref_alt: cloud.flavors[1].id,
    image_ref: cloud.images[0].id,
    image_ref_alt: cloud.images[1].id,
    build_interval: 1,
    build_timeout: waitSeconds,
    min_compute_nodes: 1,
    max_microversion: cloud.lastMicroversion,
  },
  validation: { run_validation: false },
  network: { build_interval: 1 },
  'network-feature-enabled': { api_extensions: cloud.networkExtensions.join(), ipv6: false },
  // Kernels first: what tests upload are random bytes, which are no bootable disk.
  image: { container_formats: 'aki,ari,bare', disk_formats: 'aki,ari,raw,qcow2' },
  service_available: { cinder: false, glance: true, neutron: true, nova: true, swift: false },
});

function iniOf(sections) {
  const lines = Object.entries(sections).flatMap(([name, options]) => [
    `[${name}]`,
    ...Object.entries(options).map(([key, value]) => `${key} = ${value}`),
  ]);
  return `${lines.join('\n')}\n`;
}

/** Named as DevStack names them, because the suites do so. */
function openstackClouds({ authUrl, password }) {
  const cloud = (name) => ({
    region_name: region,
    identity_api_version: '3',
    auth: {
      auth_url: authUrl,
      username: name,
      password,
      project_name: name,
      user_domain_id: 'default',
      project_domain_id: 'default',
    },
  });
  const [demo, alternative] = memberNames;
  return {
    clouds: {
      'devstack-admin': cloud('admin'),
      functional_admin: cloud('admin'),
      devstack: cloud(demo),
      'devstack-alt': cloud(alternative),
    },
  };
}
