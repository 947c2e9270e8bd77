import { describe, expect, test } from 'vitest';
import { BadMessage } from './bad-message.js';
import { seal, unseal } from './envelope.js';

const maxBytes = 1_000;
const opened = (body: string | Uint8Array) => unseal(Buffer.from(body), maxBytes);

const nested = (depth: number): unknown =>
  Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 1);

describe('the envelope', () => {
  test('holds the message as a string', () => {
    expect(JSON.parse(seal({ a: 'é' }))).toEqual({
      'oslo.version': '2.0',
      'oslo.message': '{"a":"é"}',
    });
    expect(opened(seal({ a: 'é' }))).toEqual({ a: 'é' });
  });

  test('may be missing (format 1.0)', () => {
    expect(opened('{"method":"x"}')).toEqual({ method: 'x' });
  });

  test.each([
    ['secret garbage', 'not JSON'],
    ['[1]', 'not a JSON object'],
    ['{"oslo.version":"3.0","oslo.message":"{}"}', 'only envelope version 2.0 is supported'],
    ['{"oslo.version":"2.0","oslo.message":{}}', 'oslo.message is not a string'],
    ['{"oslo.version":"2.0","oslo.message":"x"}', 'not JSON'],
    ['{"oslo.version":"2.0","oslo.message":"[[]]"}', 'not a JSON object'],
    [`{"a":${'['.repeat(80)}${']'.repeat(80)}}`, 'nested deeper than 64'],
    [seal({ a: nested(80) }), 'nested deeper than 64'],
    [`"${'x'.repeat(maxBytes)}"`, '1002 bytes, more than 1000'],
    ['', 'not JSON'],
    ['\ufeff{}', 'not JSON'],
    ['\0', 'not JSON'],
  ])('%s is refused: %s', (body, why) => {
    expect(() => opened(body)).toThrow(new BadMessage(why));
  });

  test('is refused when it is not UTF-8', () => {
    expect(() => opened(Buffer.from([0x22, 0xff, 0x22]))).toThrow(new BadMessage('not UTF-8'));
  });

  test('is refused for more values than any sender needs, however small', () => {
    const body = Buffer.from(`{"a":[${'0,'.repeat(200_000)}0]}`);
    expect(() => unseal(body, 1_000_000)).toThrow(new BadMessage('more than 200000 values'));
  });
});
