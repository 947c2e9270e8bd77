import { existsSync } from 'node:fs';
import { run } from '@metalcast/exec';
import type { Account } from '@metalcast/rig';
import { ipBatch, linksInside } from './inside.js';

/** A provisioning network: a bridge with the services' addresses, and one tap per node as its cable. */
export interface ProvisioningNetwork {
  readonly bridge: string;
  readonly address: string;
  /** Length of the network prefix in bits. */
  readonly prefix: number;
  readonly cidr: string;
  readonly broadcast: string;
  /** Addresses for servers. */
  readonly pool: { readonly start: string; readonly end: string };
  /** iPXE waits 13 s for an IPv6 router advertisement; dnsmasq can send one from this address. */
  readonly address6: string;
}

/** The network of the rack. */
export const provisioning: ProvisioningNetwork = {
  bridge: 'br-prov',
  address: '10.77.0.1',
  prefix: 24,
  cidr: '10.77.0.0/24',
  broadcast: '10.77.0.255',
  pool: { start: '10.77.0.100', end: '10.77.0.250' },
  address6: 'fd77::1',
};

/** The taps of the nodes' cables, and the account that may open them. */
export interface Cables {
  readonly taps: readonly string[];
  readonly account: Account | undefined;
}

/**
 * Creates the bridge and one tap per name, which `account` may open. Idempotent: existing taps of running machines
 * stay.
 */
export async function makeNetwork(
  namespace: string,
  network: ProvisioningNetwork,
  { taps, account }: Cables = { taps: [], account: undefined },
): Promise<void> {
  const { bridge, address, prefix, address6 } = network;
  // No group: with one, only a process in that group could open the tap.
  const owner = account?.uid ?? process.getuid?.() ?? 0;
  const present = await linksInside(namespace);
  const unless = (link: string, line: string): string[] => (present.has(link) ? [] : [line]);
  await ipBatch(namespace, [
    ...unless(bridge, `link add ${bridge} type bridge forward_delay 0 stp_state 0`),
    `addr replace ${address}/${prefix} dev ${bridge}`,
    `addr replace ${address6}/64 dev ${bridge} nodad`,
    `link set ${bridge} up`,
    ...taps.flatMap((tap) => [
      ...unless(tap, `tuntap add dev ${tap} mode tap user ${owner}`),
      `link set ${tap} master ${bridge}`,
      `link set ${tap} up`,
    ]),
  ]);
}

/** Removes bridge and taps. Idempotent; nothing to do when the namespace is gone. */
export async function removeNetwork(namespace: string, taps: readonly string[]): Promise<void> {
  if (!existsSync(`/run/netns/${namespace}`)) {
    return;
  }
  const input = [...taps, provisioning.bridge].map((link) => `link delete ${link}\n`).join('');
  await run('ip', ['-netns', namespace, '-force', '-batch', '-'], { timeoutMs: 20_000, input });
}

/** Unplugs a node's cable or plugs it in again. */
export async function setCable(
  namespace: string,
  tap: string,
  state: 'up' | 'down',
): Promise<void> {
  await ipBatch(namespace, [`link set ${tap} ${state}`]);
}
