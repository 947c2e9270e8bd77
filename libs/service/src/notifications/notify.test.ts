import { expect, test } from 'vitest';
import { notificationOptions } from './notify.js';

const { schema } = notificationOptions.notificationTtlMs;

test.each([1, '60000', 2 ** 31 - 1])('notification_ttl_ms %j', (value) => {
  expect(schema.safeParse(value).data).toBe(Number(value));
});

test.each([0, -1, 2 ** 31, 0.5, 'soon', ''])('notification_ttl_ms %j is refused', (value) => {
  expect(schema.safeParse(value).success).toBe(false);
});
