/** Messages that are too costly to read, or unreadable. */

const deepList = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const deepObject = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

const inEnvelope = (message: string): string =>
  JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': message });

const request = (value: string): string =>
  `{"method":"note","version":"1.0","args":{"text":"x","password":"canary","a":${value}}}`;

/** JSON in a string in JSON in a string …, as deep as the growth by escapes allows. */
const strings = (levels: number): string =>
  Array.from({ length: levels }).reduce<string>(
    (inner) => JSON.stringify({ a: inner }),
    '{"password":"canary"}',
  );

/** By their names in a test's output. */
export const poisonBodies: Readonly<Record<string, string | Buffer>> = {
  'lists 5,000 deep': inEnvelope(request(deepList(5_000))),
  'objects 5,000 deep': inEnvelope(request(deepObject(5_000))),
  'lists 100,000 deep without an envelope': request(deepList(100_000)),
  'an envelope that is itself deep': `{"oslo.version":"2.0","oslo.message":${deepList(20_000)}}`,
  'a deep list beside a key that is read': `{"method":"gone","args":{},"b":${deepList(7_000)}}`,
  'a million values': inEnvelope(request(`[${'0,'.repeat(1_000_000)}0]`)),
  'JSON in strings, 15 deep': inEnvelope(`{"method":"gone","args":${strings(15)}}`),
  'deep JSON in a string': inEnvelope(
    `{"method":"gone","args":{"a":${JSON.stringify(deepObject(9_000))}}}`,
  ),
  'half of a message': request('1').slice(0, -1).slice(0, -7),
  'what is not UTF-8': Buffer.concat([Buffer.from(request('"')), Buffer.from([0xff, 0xfe, 0xc0])]),
  'a body of zeros': Buffer.alloc(10_000),
  nothing: '',
  'a list': `[${JSON.stringify(request('1'))}]`,
  'a text': JSON.stringify(request('1')),
  'a method of 100,000 letters': inEnvelope(
    JSON.stringify({ method: 'm'.repeat(100_000), args: {}, password: 'canary' }),
  ),
  'an id that is an object': inEnvelope(
    '{"method":"note","args":{"text":"x"},"_unique_id":{"a":["x"]},"secret":"canary"}',
  ),
  'an id of 100,000 letters': inEnvelope(
    JSON.stringify({ method: 'note', args: { text: 'x' }, _unique_id: 'i'.repeat(100_000) }),
  ),
  'a time limit that is a text': inEnvelope(
    '{"method":"note","args":{"text":"x"},"_timeout":"1e999","token":"canary"}',
  ),
  'a reply queue whose name is too long': inEnvelope(
    JSON.stringify({
      method: 'add',
      args: { a: 1, b: 2 },
      _msg_id: 'm',
      _reply_q: 'é'.repeat(200),
    }),
  ),
};

/** Larger than `bytes`, and otherwise well formed. */
export const tooLarge = (bytes: number): string =>
  inEnvelope(request(JSON.stringify('x'.repeat(bytes))));
