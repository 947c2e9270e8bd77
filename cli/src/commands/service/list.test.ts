import { expect, test } from 'vitest';
import { serviceTable } from './list.js';

test("Nova's times are in UTC, though they do not say so", () => {
  const service = {
    binary: 'nova-compute',
    host: 'h',
    zone: 'nova',
    status: 'enabled',
    state: 'up',
  };
  const now = new Date('2026-01-01T12:01:00Z');
  const text = serviceTable(
    [
      { ...service, updated_at: '2026-01-01T12:00:00.000000' },
      { ...service, updated_at: null },
    ],
    now,
  );
  expect(text.split('\n')).toEqual([
    'BINARY        HOST  ZONE  STATUS   STATE  LAST HEARD',
    'nova-compute  h     nova  enabled  up     1 min ago',
    'nova-compute  h     nova  enabled  up     never',
  ]);
});
