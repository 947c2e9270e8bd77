import { Fault } from '@metalcast/domain';

/** The forms of `availability_zone`: "zone", "zone:host", "zone:host:node" or "zone::node". */
export interface ZoneForm {
  readonly zone: string | null;
  readonly host: string | null;
  readonly node: string | null;
}

/** An empty part is no request. Fault BAD_REQUEST when there are more parts. Source: spec 9.6. */
export function parseZoneForm(text: string): ZoneForm {
  const parts = text.split(':').map((part) => (part.trim() === '' ? null : part.trim()));
  if (parts.length > 3) {
    throw new Fault('BAD_REQUEST', { reason: 'Unable to parse availability_zone' });
  }
  const [zone = null, host = null, node = null] = parts;
  return { zone, host, node };
}
