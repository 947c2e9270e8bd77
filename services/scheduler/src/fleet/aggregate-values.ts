import type { HostKind } from './host-kind.js';

/** All values of a metadata key in the node's aggregates. */
export const aggregateValues = ({ aggregates }: HostKind, key: string): readonly string[] =>
  aggregates.length === 0 ? none : valuesOf(aggregates, key);

const none: readonly string[] = [];

const valuesOf = (aggregates: HostKind['aggregates'], key: string): string[] => [
  ...new Set(
    aggregates.flatMap(({ metadata }) => {
      const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
      return value === undefined ? [] : [value];
    }),
  ),
];

/** All values of a metadata key, with comma-separated lists split into their items. */
export const aggregateItems = (kind: HostKind, key: string): readonly string[] =>
  kind.aggregates.length === 0
    ? none
    : aggregateValues(kind, key).flatMap((text) => text.split(',').map((item) => item.trim()));
