import { expect, test } from 'vitest';
import { collectGarbage, IdleCollector } from './idle-collector.js';

/** A simulated process; a collection reduces it to 40 MB. */
function aProcess(residentMb: number) {
  const state = { cpuMs: 500, residentMb, collections: 0 };
  const collector = new IdleCollector({
    footprint: () => ({ ...state }),
    collect: () => {
      state.collections += 1;
      state.residentMb = 40;
      state.cpuMs += 200;
    },
  });
  return {
    state,
    /** Between two looks the process uses so much CPU, and grows by so much. */
    after: (cpuMs: number, grownMb = 0) => {
      state.cpuMs += cpuMs;
      state.residentMb += grownMb;
      collector.look();
      return state.collections;
    },
  };
}

test('the garbage of loading is collected once the service is idle', () => {
  const { after, state } = aProcess(60);
  expect([after(900), after(10), after(10)]).toEqual([0, 1, 1]);
  expect(state.residentMb).toBe(40);
});

test('the garbage of work is collected after the work, not during it', () => {
  const { after } = aProcess(60);
  expect([after(10), after(900, 20), after(900), after(10)]).toEqual([1, 1, 1, 2]);
});

test('a process that has hardly grown is not collected', () => {
  const { after } = aProcess(60);
  expect([after(10), after(10, 2), after(10, 1), after(10, 2)]).toEqual([1, 1, 1, 2]);
});

test('collects the real heap', async () => {
  const unused = new WeakRef({});
  // A WeakRef's target is held until the end of the turn.
  await new Promise(setImmediate);
  collectGarbage();
  expect(unused.deref()).toBeUndefined();
});
