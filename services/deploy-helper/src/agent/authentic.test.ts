import type { AgentHello } from '@metalcast/contracts';
import type { HelloView } from '@metalcast/db/deploy-helper';
import { bootTokenHash } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { refusalOf } from './authentic.js';

const node = '5e0f3a0e-5d0e-4a6c-9d0c-0f5d5f0b8a11';
const token = 'a'.repeat(64);
const own = '52:54:00:00:00:01';
const other = '52:54:00:00:00:02';

const view = {
  served: {
    bootMode: 'deploy',
    bootTry: 1,
    tokenHash: bootTokenHash(token, { node, epoch: 1, bootTry: 1 }),
  },
  ports: [
    { address: '10.9.0.10', mac: own },
    { address: '10.8.0.10', mac: other },
  ],
} as unknown as HelloView;

const hello = (more: object = {}): AgentHello =>
  ({ node, epoch: 1, boot_try: 1, token, macs: [own], ...more }) as unknown as AgentHello;

const wrong = { token: 'f'.repeat(64) };

test('the token from an address of the node is no reason', () => {
  expect(refusalOf(view, hello(), '10.9.0.10')).toBeUndefined();
});

test.each([
  { what: 'the token from elsewhere', said: {}, peer: '10.9.0.99', isOfNode: true },
  { what: "the address, by the node's card", said: wrong, peer: '10.9.0.10', isOfNode: true },
  {
    what: 'the address, by a machine without that card',
    ...{ said: { ...wrong, macs: [other] }, peer: '10.9.0.10', isOfNode: false },
  },
  { what: 'neither', said: wrong, peer: '10.9.0.99', isOfNode: false },
])('who has $what: certainly the node is $isOfNode', ({ said, peer, isOfNode }) => {
  expect(refusalOf(view, hello(said), peer)).toMatchObject({ isOfNode });
});
