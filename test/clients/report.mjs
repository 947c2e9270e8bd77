const outcomes = ['passed', 'failed', 'skipped'];

/** The failures by name with their reasons, the tests that passed before, and a last line with the counts. */
export function report(name, results, regressed) {
  const of = (outcome) => results.filter((result) => result.outcome === outcome);
  const failures = of('failed').map(({ id, why }) => `  ${id}\n    ${why}`);
  const counts = outcomes.map((outcome) => `${of(outcome).length} ${outcome}`);
  return [
    ...failures,
    ...regressed.map((id) => `no longer passes: ${id}`),
    `${name}: ${counts.join(', ')}`,
  ].join('\n');
}
