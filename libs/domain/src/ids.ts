import { randomBytes, randomUUID } from 'node:crypto';

/** A request id as OpenStack spells it: `req-` and a UUID. */
export const newRequestId = (): string => `req-${randomUUID()}`;

/** 32 hex digits, the form of oslo.messaging's message ids. */
export const newMessageId = (): string => randomUUID().replaceAll('-', '');

/** Nova's reservation id: `r-` and eight characters. */
export const newReservationId = (): string => `r-${randomBytes(5).toString('hex').slice(0, 8)}`;

/** Nova's instance_name by its default template. */
export const novaInstanceName = (id: number): string =>
  `instance-${id.toString(16).padStart(8, '0')}`;

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text can be a UUID. PostgreSQL refuses a statement with any other text for a UUID. */
export const isUuid = (text: string): boolean => uuidPattern.test(text);

const nobody = '00:00:00:00:00:00';
const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** A MAC address in canonical form (lower case, colons), or undefined when no interface can have it. */
export function canonicalMac(text: string): string | undefined {
  const hex = text.trim().toLowerCase().replaceAll(/[-.:]/g, '');
  const mac = hex.match(/.{1,2}/g)?.join(':') ?? '';
  const isGroup = (parseInt(mac, 16) & 1) === 1;
  return macPattern.test(mac) && !isGroup && mac !== nobody ? mac : undefined;
}
