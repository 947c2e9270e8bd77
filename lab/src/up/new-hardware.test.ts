import { expect, test } from 'vitest';
import type { RackNode } from '../rack/node.js';
import { newHardware } from './new-hardware.js';

/** One letter per node: b is BIOS, u is UEFI; a capital letter has a second disk. */
const rack = (letters: string): Pick<RackNode, 'name' | 'firmware' | 'disks'>[] =>
  letters.split('').map((letter, i) => ({
    name: `node${i + 1}`,
    firmware: letter.toLowerCase() === 'u' ? 'uefi' : 'bios',
    disks: Array.from({ length: letter < 'a' ? 2 : 1 }, (_, n) => ({
      ...{ id: `disk${n}`, serial: '', gb: 1, file: '' },
    })),
  }));
const bios = { firmware: 'bios' };
const uefi = { firmware: 'uefi' };

test.each([
  ['', { nodes: 2 }, { node1: bios, node2: bios }],
  ['', { nodes: 2, uefi: 1 }, { node1: bios, node2: uefi }],
  ['bb', { nodes: 3, uefi: 1 }, { node3: uefi }],
  // The firmware of the earlier nodes does not matter.
  ['bbbu', { nodes: 5, uefi: 1 }, { node5: uefi }],
  ['bu', { nodes: 3, uefi: 2 }, { node3: uefi }],
  ['bu', { nodes: 3, uefi: 0 }, { node3: bios }],
  ['bu', { nodes: 2, uefi: 1 }, {}],
  ['bB', { nodes: 2, secondDisk: true }, {}],
  [
    'b',
    { nodes: 2, secondDisk: true },
    { node2: { ...bios, extraDisks: [{ gb: 1, before: true }] } },
  ],
])('%j and %j: %j', (letters, wanted, hardware) => {
  expect(newHardware(rack(letters), wanted)).toEqual(hardware);
});

test.each([
  [
    'bb',
    { nodes: 2, uefi: 1 },
    '--uefi 1: node2 exists and keeps its BIOS firmware: add nodes (--nodes 3 --uefi 1),',
  ],
  ['bb', { nodes: 3, uefi: 2 }, '--nodes 4 --uefi 2'],
  ['bb', { nodes: 2, uefi: 3 }, '--uefi 3: the rack has 2 nodes'],
  ['Bb', { nodes: 2, secondDisk: true }, '--nodes 3 --second-disk'],
])('%j and %j is refused: %s', (letters, wanted, sentence) => {
  expect(() => newHardware(rack(letters), wanted)).toThrow(sentence);
});
