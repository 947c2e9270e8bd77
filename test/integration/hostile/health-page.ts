/** What a service's health page tells, by the address in its log. */
export async function unhandledOf(log: string): Promise<unknown> {
  const response = await fetch(`${healthUrl(log)}/healthz`);
  return ((await response.json()) as { unhandled: unknown }).unhandled;
}

export function healthUrl(log: string): string {
  const line = log.split('\n').find((text) => text.includes('"msg":"health"')) ?? '{}';
  return (JSON.parse(line) as { url?: string }).url ?? '';
}
