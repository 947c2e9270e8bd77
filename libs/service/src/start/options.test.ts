import { loadConfig } from '@metalcast/config';
import { serviceDownMs } from '@metalcast/db';
import { expect, test } from 'vitest';
import { serviceOptions } from './options.js';

const { heartbeatMs } = serviceOptions;
const load = (value: string): number =>
  loadConfig({ heartbeatMs }, { env: { METALCAST_HEARTBEAT_MS: value } }).heartbeatMs;

test('too rare heartbeats are refused, with the allowed range and the reason', () => {
  expect([load('1'), load('20000')]).toEqual([1, 20_000]);
  const downS = serviceDownMs / 1000;
  for (const value of ['0', '20001', '30000']) {
    expect(() => load(value)).toThrow(/must be from 1 to 20000/);
    expect(() => load(value)).toThrow(
      `dead after ${downS} s without a heartbeat, and a gap of more than ${downS / 2} s`,
    );
  }
});
