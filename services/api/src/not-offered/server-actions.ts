import { Fault } from '@metalcast/domain';

/** A known action on a server that is refused, whatever the server. */
interface RefusedAction {
  readonly name: string;
  /** `CONFLICT` where the action ends a state that no server here can be in; Nova answers the same. */
  readonly code: 'NOT_IMPLEMENTED' | 'CONFLICT';
  readonly reason: string;
}

const missing = (reason: string, ...names: readonly string[]): RefusedAction[] =>
  names.map((name) => ({ name, code: 'NOT_IMPLEMENTED', reason }));

const impossible = (reason: string, ...names: readonly string[]): RefusedAction[] =>
  names.map((name) => ({ name, code: 'CONFLICT', reason }));

/** Nova's actions. */
export const refusedActions: readonly RefusedAction[] = [
  ...missing(
    'Servers cannot be stopped: shut the operating system down from within, or delete the server; an administrator can switch its node off with `metalcast node power off`.',
    'os-stop',
  ),
  ...missing(
    'Servers cannot be started: reboot, with the type HARD, switches a node off and on again.',
    'os-start',
  ),
  ...missing('Servers cannot be rebuilt: delete the server and create another one.', 'rebuild'),
  ...missing(
    'A node cannot be paused or suspended: it has no hypervisor that could hold it.',
    'pause',
    'suspend',
  ),
  ...impossible('The server is not paused: a node cannot be paused.', 'unpause'),
  ...impossible('The server is not suspended: a node cannot be suspended.', 'resume'),
  ...missing(
    'A node has the size that it has: create a server with another flavor, and delete this one.',
    'resize',
  ),
  ...impossible(
    'The server is not being resized: a node has the size that it has.',
    'confirmResize',
    'revertResize',
  ),
  ...missing(
    'A server cannot leave its node: the disks stay in it. Create another server, and delete this one.',
    'migrate',
    'os-migrateLive',
    'evacuate',
  ),
  ...missing(
    'A server cannot be shelved: its disks stay in its node, which is free only when the server is deleted.',
    'shelve',
    'shelveOffload',
  ),
  ...impossible('The server is not shelved: its disks stay in its node.', 'unshelve'),
  ...missing(
    'There is no rescue system for a server: use the remote console of the management controller of its node.',
    'rescue',
  ),
  ...impossible('The server is not rescued: there is no rescue system.', 'unrescue'),
  ...missing(
    'A server cannot be locked: only its project, and administrators, can change it.',
    'lock',
  ),
  ...impossible('The server is not locked: servers cannot be locked.', 'unlock'),
  ...missing(
    'No image can be made of a server: copy its disk from within its operating system, and upload that.',
    'createImage',
    'createBackup',
  ),
  ...missing(
    'A deleted server is gone at once: DELETE /servers/{id} needs no force.',
    'forceDelete',
  ),
  ...impossible('The server is not deleted: what is deleted cannot be restored.', 'restore'),
  ...missing(
    'The state of a server cannot be set: it is what the node is seen to be in; a server in ERROR can be rebooted or deleted.',
    'os-resetState',
  ),
  ...missing(
    'A password cannot be set from outside: change it within the operating system.',
    'changePassword',
  ),
  ...missing(
    'A node has no console that this API can show: use the remote console of its management controller.',
    'os-getConsoleOutput',
    'os-getRDPConsole',
    'os-getSerialConsole',
    'os-getSPICEConsole',
    'os-getVNCConsole',
  ),
  ...missing(
    'There are no floating IPs: a server is reached at the addresses of its own ports.',
    'addFloatingIp',
    'removeFloatingIp',
  ),
  ...missing(
    'The addresses of a server are those of its ports: they are named when it is created.',
    'addFixedIp',
    'removeFixedIp',
    'resetNetwork',
    'injectNetworkInfo',
  ),
  ...missing(
    'There is one security group, default, which filters nothing: use a firewall in the server or in the network.',
    'addSecurityGroup',
    'removeSecurityGroup',
  ),
  ...missing(
    'A crash dump cannot be asked for from outside: use the management controller of the node.',
    'trigger_crash_dump',
  ),
];

const byName = new Map(refusedActions.map((action) => [action.name, action]));

/** Why the action is refused: BAD_REQUEST for one that nobody knows. */
export function refusalOf(name: string): Fault {
  const { code = 'BAD_REQUEST', reason = `There is no such action: ${name}` } =
    byName.get(name) ?? {};
  return new Fault(code, { reason });
}
