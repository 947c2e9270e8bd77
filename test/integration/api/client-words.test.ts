// What a user of Debian's unmodified client types every day, and the words that the client prints: of what is there its
// rows, of what is not a sentence, never that the server "could not be found".
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@metalcast/rig';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientMs, runOpenstack } from './openstack-command.js';
import { OpenstackShell } from './openstack-shell.js';
import { addComputeHost, startServerRig, type ServerRig } from './server-rig.js';

let rig: ServerRig;
let folder: string;
let client: OpenstackShell;
beforeAll(async () => {
  rig = await startServerRig({ port: await freePort() });
  await rig.server({ name: 'web' });
  await addComputeHost(rig.api, 'h1');
  const size = { ram: 512, vcpus: 1, disk: 4 };
  const flavor = { id: 'hidden', name: 'hidden', ...size, 'os-flavor-access:is_public': false };
  await rig.compute('POST', 'flavors', { flavor });
  for (const name of ['k1', 'k2']) {
    await rig.compute('POST', 'os-keypairs', { keypair: { name } });
  }
  folder = mkdtempSync(join(tmpdir(), 'metalcast-openstack-'));
  client = OpenstackShell.start({ api: rig.api, folder });
});
afterAll(async () => {
  await client.close();
  rmSync(folder, { recursive: true, force: true });
  await rig.close();
});

/** In a process of its own, because the version of the API is the whole process's. */
test.each([
  ['2.35', 'keypair list --limit 1 -f value -c Name', 'k1\nk2\n'],
  ['2.47', 'server list -f value -c Name -c Flavor', 'web small\n'],
])('in %s: %s', { timeout: clientMs }, async (version, command, words) => {
  const args = ['--os-compute-api-version', version, ...command.split(' ')];
  expect(await runOpenstack({ api: rig.api, folder }, args)).toBe(words);
});

const typed = (command: string): Promise<string> => client.run(...command.split(' '));

test.each([
  ['server list --availability-zone nova -f value', ''],
  ['server list --changes-since 2020-01-01 -f value -c Name', 'web'],
  ['server list --sort-column Name -f value -c Name', 'web'],
  ['server list --all-projects -f value -c Name', 'web'],
  ['server show web -f value -c flavor', 'small'],
  ['quota show -f json admin', '"instances": -1'],
  ['limits show --absolute -f value', 'maxTotalInstances -1'],
  ['usage show -f value', ''],
  ['usage list -f value', ''],
  ['host list -f value', 'h1 compute nova'],
  ['extension list --compute -f value -c Alias', 'os-keypairs'],
  ['compute service list -f value -c Host', 'h1'],
  ['hypervisor list -f value', ''],
  ['flavor set --project admin hidden', ''],
  ['flavor unset --project admin hidden', ''],
  ['server event list web -f value -c Action', 'create'],
  ['keypair list -f value', ''],
])('%s', { timeout: clientMs }, async (command, words) => {
  expect(await typed(command)).toContain(words);
});

test.each([
  ['server stop web', 'Servers cannot be stopped'],
  ['server start web', 'Servers cannot be started'],
  ['server rebuild web', 'delete the server and create another one'],
  ['server resize --flavor small web', 'A node has the size that it has'],
  ['server lock web', 'A server cannot be locked'],
  ['server unlock web', 'The server is not locked'],
  ['server shelve web', 'A server cannot be shelved'],
  ['server rescue web', 'There is no rescue system'],
  ['server migrate web', 'A server cannot leave its node'],
  ['server evacuate web', 'A server cannot leave its node'],
  ['server pause web', 'A node cannot be paused or suspended'],
  ['server suspend web', 'A node cannot be paused or suspended'],
  ['server image create web', 'No image can be made of a server'],
  ['server backup create web', 'No image can be made of a server'],
  ['server add fixed ip web net', 'cannot be attached or detached'],
  ['server add network web net', 'cannot be attached or detached'],
  ['server add security group web default', 'There is one security group'],
  ['console log show web', 'has no console that this API can show'],
  ['console url show web', 'has no console that this API can show'],
  ['server set --name other web', 'A server keeps its name'],
  ['server set --property a=b web', 'cannot be changed'],
  ['server unset --property a web', 'cannot be changed'],
  ['server volume list web', 'There are no volumes'],
  ['server migration list', 'there are no migrations'],
  ['server show --diagnostics web', 'Nothing can look into a running node from outside'],
  ['quota set --cores 5 admin', 'There are no quotas'],
  ['security group list', 'There are no security groups'],
  ['security group create web', 'There are no security groups'],
  ['floating ip list', 'There are no routers and no floating IPs'],
  ['router list', 'There are no routers and no floating IPs'],
  ['network agent list', 'The network API has no agents'],
  ['ip availability list', 'The network API has no agents'],
  ['user create someone', 'come from the configuration'],
  ['user set --password x admin', 'come from the configuration'],
  ['project create more', 'come from the configuration'],
  ['role add --user admin --project admin member', 'come from the configuration'],
  ['role assignment list', 'come from the configuration'],
  ['application credential create c', 'there are no other credentials'],
  ['endpoint list', 'The catalog is made from the options'],
  ['service list', 'The catalog is made from the options'],
  ['compute service delete 1', 'leaves the list by itself'],
])('%s is refused with a sentence', { timeout: clientMs }, async (command, words) => {
  const said = await typed(command).then(
    (printed) => `rc 0: ${printed}`,
    (error: unknown) => String(error).replaceAll(/\s+/g, ' '),
  );
  expect(said).toContain(words);
  expect(said).not.toContain('could not be found');
});
