import { describe, expect, test } from 'vitest';
import { BadMessage, seal, unseal } from './envelope.js';

describe('the envelope', () => {
  test('holds the message as a string', () => {
    expect(JSON.parse(seal({ a: 'é' }))).toEqual({
      'oslo.version': '2.0',
      'oslo.message': '{"a":"é"}',
    });
    expect(unseal(seal({ a: 'é' }))).toEqual({ a: 'é' });
  });

  test('may be lacking (format 1.0)', () => {
    expect(unseal('{"method":"x"}')).toEqual({ method: 'x' });
  });

  test.each([
    ['secret garbage', 'not JSON'],
    ['[1]', 'not a JSON object'],
    ['{"oslo.version":"3.0","oslo.message":"{}"}', 'only envelope version 2.0 is spoken'],
    ['{"oslo.version":"2.0","oslo.message":{}}', 'oslo.message is not a string'],
    ['{"oslo.version":"2.0","oslo.message":"x"}', 'not JSON'],
  ])('%s is refused: %s', (body, why) => {
    expect(() => unseal(body)).toThrow(new BadMessage(why));
  });
});
