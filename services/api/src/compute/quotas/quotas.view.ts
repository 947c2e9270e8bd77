import type { Microversion } from '../../http/routing/microversion.js';

export const unlimited = -1;
export const mostServerMetadata = 128;

/** What Nova limits, by the names in quota sets; nothing is limited but what the API itself refuses. */
export function quotasIn(version: Microversion): ReadonlyMap<string, number> {
  const proxied = ['fixed_ips', 'floating_ips', 'security_groups', 'security_group_rules'];
  return new Map([
    ...['instances', 'cores', 'ram', 'key_pairs', 'server_groups', 'server_group_members'].map(
      (name) => [name, unlimited] as const,
    ),
    ['metadata_items', mostServerMetadata],
    ...['injected_files', 'injected_file_content_bytes', 'injected_file_path_bytes'].map(
      (name) => [name, 0] as const,
    ),
    ...(version.since(36) ? [] : proxied.map((name) => [name, unlimited] as const)),
  ]);
}
