import type { HostKind } from './host-kind.js';

/** Every value of a metadata key in the node's aggregates; those of several aggregates count side by side. */
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

/** The same where a value is a list with commas. */
export const aggregateItems = (kind: HostKind, key: string): readonly string[] =>
  kind.aggregates.length === 0
    ? none
    : aggregateValues(kind, key).flatMap((text) => text.split(',').map((item) => item.trim()));
