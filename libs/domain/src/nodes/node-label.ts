/** A node in a sentence, after the word "node": its uuid, and its name if it has one. */
export const nodeLabel = ({
  uuid,
  name,
}: {
  readonly uuid: string;
  readonly name?: string | null | undefined;
}): string => (name === null || name === undefined ? uuid : `${uuid} (${name})`);
