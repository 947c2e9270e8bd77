import { expect, test } from 'vitest';
import { planSubnet } from './subnet-plan.js';

const cidr = '10.99.0.0/24';

test('gateway and pool as Neutron chooses them', () => {
  expect(planSubnet({ cidr })).toEqual({
    gatewayIp: '10.99.0.1',
    allocationPools: [{ start: '10.99.0.2', end: '10.99.0.254' }],
  });
});

test('without a gateway all host addresses are for hosts', () => {
  expect(planSubnet({ cidr, gateway_ip: null })).toEqual({
    gatewayIp: null,
    allocationPools: [{ start: '10.99.0.1', end: '10.99.0.254' }],
  });
});

const range = (start: string, end: string): { start: string; end: string } => ({ start, end });

test.each([
  ['gateway elsewhere', { gateway_ip: '10.98.0.1' }, 'not valid on subnet'],
  ['pool elsewhere', { allocation_pools: [range('10.98.0.5', '10.98.0.6')] }, 'not valid'],
  [
    'pool with the broadcast address',
    { allocation_pools: [range('10.99.0.5', '10.99.0.255')] },
    'not valid',
  ],
  ['pool backwards', { allocation_pools: [range('10.99.0.9', '10.99.0.5')] }, 'not valid'],
  ['pool with the gateway', { allocation_pools: [range('10.99.0.1', '10.99.0.5')] }, 'conflicts'],
  [
    'pools that overlap',
    { allocation_pools: [range('10.99.0.7', '10.99.0.9'), range('10.99.0.2', '10.99.0.7')] },
    'overlaps',
  ],
])('%s is refused', (_, wanted, message) => {
  expect(() => planSubnet({ cidr, ...wanted })).toThrow(message);
});
