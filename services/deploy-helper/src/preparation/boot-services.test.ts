import { expect, test } from 'vitest';
import type { DeploymentPort } from '@metalcast/db/deploy-helper';
import { bootUrlFor, withServedDhcp } from './boot-services.js';

const network = '6f0c5f4e-0000-4000-8000-000000000001';
const elsewhere = '6f0c5f4e-0000-4000-8000-000000000002';

const port = (cidr: string, enableDhcp = true): DeploymentPort =>
  ({ port: { networkId: network }, subnet: { cidr, enableDhcp }, mtu: 1500 }) as DeploymentPort;

interface Boot {
  readonly address: string;
  readonly network?: string | null;
  readonly serving?: boolean;
  readonly up?: boolean;
  readonly seen?: number;
}

const boot = ({ address, network: of = null, serving = true, up = true, seen = 1 }: Boot) => ({
  details: { address, network: of, serving, provisioningUrl: `http://${address}:8780` },
  up,
  lastSeen: new Date(seen),
});

const ports = [port('10.1.0.0/24'), port('10.2.0.0/24')];

test('the boot service of a network of the server', () => {
  const other = boot({ address: '10.9.0.1' });
  expect(bootUrlFor([other, boot({ address: '10.2.0.1' })], ports)).toBe('http://10.2.0.1:8780');
  expect(bootUrlFor([other], ports)).toBeUndefined();
  expect(bootUrlFor([boot({ address: '10.2.0.1' })], [port('10.2.0.0/24', false)])).toBeUndefined();
  expect(bootUrlFor([boot({ address: '10.2.0.1', network: elsewhere })], ports)).toBeUndefined();
  expect(bootUrlFor([boot({ address: '10.2.0.1', network })], ports)).toBe('http://10.2.0.1:8780');
});

test('of several services, the one that serves; else one that may serve; else the last one that did', () => {
  const serving = boot({ address: '10.1.0.1' });
  const standby = boot({ address: '10.1.0.2', serving: false, seen: 5 });
  const dead = boot({ address: '10.1.0.3', up: false, seen: 3 });
  const longDead = boot({ address: '10.1.0.4', up: false, seen: 2 });
  expect(bootUrlFor([longDead, dead, standby, serving], ports)).toBe('http://10.1.0.1:8780');
  expect(bootUrlFor([longDead, dead, standby], ports)).toBe('http://10.1.0.2:8780');
  expect(bootUrlFor([longDead, dead], ports)).toBe('http://10.1.0.3:8780');
  // The service was killed a moment ago, so its row still looks alive; the heartbeat of its successor is newer.
  const successor = boot({ address: '10.1.0.5', seen: 9 });
  expect(bootUrlFor([serving, successor], ports)).toBe('http://10.1.0.5:8780');
});

test('a service without a published address is ignored', () => {
  expect(bootUrlFor([{ details: {}, up: true, lastSeen: new Date(1) }], ports)).toBeUndefined();
});

test('only a subnet with a boot service on it has DHCP', () => {
  const dhcpOf = (boots: Parameters<typeof withServedDhcp>[0]): (boolean | undefined)[] =>
    withServedDhcp(boots, ports).map(({ subnet }) => subnet?.enableDhcp);
  expect(dhcpOf([boot({ address: '10.2.0.1' })])).toEqual([false, true]);
  expect(dhcpOf([boot({ address: '10.2.0.1', up: false })])).toEqual([false, true]);
  expect(dhcpOf([boot({ address: '10.2.0.1', network: elsewhere })])).toEqual([false, false]);
  expect(dhcpOf([])).toEqual([true, true]);
});
