import type { HostKind } from './host-kind.js';

/** Every value of a metadata key in the node's aggregates; those of several aggregates count side by side. */
export const aggregateValues = ({ aggregates }: HostKind, key: string): string[] => [
  ...new Set(
    aggregates.flatMap(({ metadata }) => {
      const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
      return value === undefined ? [] : [value];
    }),
  ),
];

/** The same where a value is a list with commas. */
export const aggregateItems = (kind: HostKind, key: string): string[] =>
  aggregateValues(kind, key).flatMap((text) => text.split(',').map((item) => item.trim()));
