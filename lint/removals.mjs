// Two releases work side by side on one schema, so a migration takes away only what an earlier release has stopped
// using.

/**
 * The last migration that may take anything away: nothing was released before it. Moved on until the first release is
 * tagged.
 */
export const lastFree = '20261128044200_operation_names';

/** ALTER TABLE may drop or rename these: no statement of a service names them. */
const unnamed = String.raw`(?!(?:CONSTRAINT|NOT|DEFAULT|EXPRESSION|IDENTITY)\b)`;
const removal = new RegExp(
  String.raw`\bDROP\s+TABLE\b|\bALTER\s+TABLE\b[^;]*?\b(?:DROP|RENAME)\s+${unnamed}`,
  'i',
);
const comment = /--.*$/gm;
const permission = /^-- unused since (\d+\.\d+\.\d+)$/m;

const numbers = (release) => release.split('.').map(Number);

function isEarlier(one, other) {
  const [ours, theirs] = [numbers(one), numbers(other)];
  const differing = ours.findIndex((number, at) => number !== theirs[at]);
  return differing !== -1 && ours[differing] < theirs[differing];
}

/**
 * The statements of a migration that drop or rename a table or a column, and do not say `-- unused since <release>` on
 * a line before, with a release earlier than `version`, which the migration belongs to.
 */
export const unpermitted = (sql, version) =>
  sql
    .split(/;[ \t]*$/m)
    .filter((statement) => removal.test(statement.replaceAll(comment, '')))
    .filter((statement) => {
      const [, release] = permission.exec(statement) ?? [];
      return release === undefined || !isEarlier(release, version);
    })
    .map((statement) => statement.trim());
