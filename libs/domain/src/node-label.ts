/** A node in a sentence, after the word "node": by what stays, and by the name that people gave it, if any. */
export const nodeLabel = ({
  uuid,
  name,
}: {
  readonly uuid: string;
  readonly name?: string | null | undefined;
}): string => (name === null || name === undefined ? uuid : `${uuid} (${name})`);
