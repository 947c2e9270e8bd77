/** Whether a topic exchange's pattern (`*` one word, `#` any number) matches a routing key. */
export function matches(pattern: string, key: string): boolean {
  return matchWords(pattern.split('.'), key.split('.'));
}

function matchWords(pattern: readonly string[], key: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return key.length === 0;
  if (head === '#') {
    return matchWords(rest, key) || (key.length > 0 && matchWords(pattern, key.slice(1)));
  }
  return key.length > 0 && (head === '*' || head === key[0]) && matchWords(rest, key.slice(1));
}
