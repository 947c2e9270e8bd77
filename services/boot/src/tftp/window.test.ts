import { expect, test } from 'vitest';
import { SendWindow } from './window.js';

/**
 * A client (RFC 7440) behind a wire that loses and doubles packets as `fate` says. It takes blocks only in order. It
 * acknowledges the last block of a window or, after a gap, the last one in order.
 */
function transferred(last: number, size: number, fate: (packet: number) => 0 | 1 | 2): number {
  const window = new SendWindow(last, size);
  let packets = 0;
  let received = 0;
  const copies = (): number => fate((packets += 1));
  let toSend: { from: number; to: number } | undefined = window.start();
  for (let round = 0; !window.done; round += 1) {
    if (round > 200_000) {
      throw new Error('does not end');
    }
    toSend ??= window.repeat();
    for (let block = toSend.from; block <= toSend.to; block += 1) {
      for (let copy = copies(); copy > 0; copy -= 1) {
        received = block === received + 1 ? block : received;
      }
    }
    toSend = undefined;
    for (let copy = copies(); copy > 0; copy -= 1) {
      toSend = window.acknowledge(received % 65_536) ?? toSend;
    }
  }
  expect(received).toBe(last);
  return packets;
}

test.each([1, 2, 4, 32])('window %i: all blocks arrive in order', (size) => {
  expect(transferred(200, size, () => 1)).toBe(200 + Math.ceil(200 / size));
});

/** The same losses at every run: of ten packets about two are lost and one arrives twice. */
function badWire(seed: number): () => 0 | 1 | 2 {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    const dice = state % 10;
    return dice < 2 ? 0 : dice < 3 ? 2 : 1;
  };
}

test.each([1, 2, 4, 16])('window %i: also over a wire that loses and doubles', (size) => {
  for (let seed = 1; seed <= 20; seed += 1) {
    transferred(100, size, badWire(seed));
  }
});

test('block numbers wrap round after 65535', () => {
  transferred(70_000, 1, () => 1);
  transferred(140_000, 32, badWire(7));
});

test('a doubled acknowledgement does not double the rest (sorcerer’s apprentice)', () => {
  const window = new SendWindow(10, 1);
  window.start();
  expect(window.acknowledge(1)).toEqual({ from: 2, to: 2 });
  expect(window.acknowledge(1)).toBeUndefined();
  expect(window.acknowledge(0)).toBeUndefined();
});

test('an acknowledgement of a block that was never sent is ignored', () => {
  const window = new SendWindow(10, 4);
  window.start();
  expect(window.acknowledge(5)).toBeUndefined();
  expect(window.acknowledge(2)).toEqual({ from: 3, to: 6 });
});
