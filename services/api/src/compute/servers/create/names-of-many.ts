import { hostnameOf, longestHostname, plainName } from './hostname.js';

/** One of several servers that were asked for in one request. */
export interface OneOfMany {
  readonly name: string;
  readonly uuid: string;
  /** From 1. */
  readonly count: number;
}

const placeholder = /%\((\w+)\)[sd]/g;
const known = ['name', 'uuid', 'count'] as const;

/** The template's unknown placeholders. */
export const unknownPlaceholders = (template: string): string[] =>
  [...template.matchAll(placeholder)]
    .map(([, word = '']) => word)
    .filter((word) => !known.some((each) => each === word));

/** The display name, by Nova's multi_instance_display_name_template (spec 2.1). */
export const displayNameOf = (template: string, one: OneOfMany): string =>
  template.replaceAll(placeholder, (_, word: (typeof known)[number]) => String(one[word]));

/** The host name. A name that is too long loses part of the common text, not its number. */
export function hostnameOfMany(template: string, one: OneOfMany): string {
  const excess = plainName(displayNameOf(template, one)).length - longestHostname;
  const name = excess > 0 ? plainName(one.name).slice(0, -excess) : one.name;
  return hostnameOf(displayNameOf(template, { ...one, name }), one.uuid);
}
