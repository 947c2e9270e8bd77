import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { namedFault, namingFaults } from './named-fault.js';

const node = { uuid: '7b0e5e9e-54f3-4a2a-8a0e-000000000001', name: 'rack1-u12' };

test('a stored fault tells the node by uuid and name; what is none stays as it is', () => {
  const fault = { code: 'DISK_MISSING', message: `No disk on node ${node.uuid}.` };
  const told = { ...fault, message: `No disk on node ${node.uuid} (rack1-u12).` };
  expect(namedFault(fault, node)).toEqual(told);
  expect(namedFault(fault, { ...node, name: null })).toEqual(fault);
  expect(namedFault(null, node)).toBeNull();
});

test('a fault that answers a request tells what was seen, such as that no name server answers', async () => {
  const evidence = ['no name server could tell an IP address of bmc7'];
  const details = { node: node.uuid, address: 'bmc7' };
  const work = (): Promise<never> =>
    Promise.reject(new Fault('POWER_UNREACHABLE', details, { evidence }));
  await expect(namingFaults(node, work)).rejects.toMatchObject({
    ...{ code: 'POWER_UNREACHABLE', details, evidence },
    message: `The BMC bmc7 of node ${node.uuid} (rack1-u12) does not answer. Seen: no name server could tell an IP address of bmc7.`,
  });
});
