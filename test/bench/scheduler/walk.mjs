// The baseline: every node is asked of every filter, all that pass are weighed and the best is taken, as Nova's
// FilterScheduler does it. The filters and weighers are the same.

const isHeldBack = ({ maintenance }) => maintenance;

export function walk(fleet, selector, request) {
  const { kindJudges, nodeJudges, weights } = selector.prepare(request);
  const passed = [];
  for (const host of fleet.all()) {
    if (
      !isHeldBack(host) &&
      kindJudges.every(({ judge }) => judge(host.kind) === undefined) &&
      nodeJudges.every(({ judge }) => judge(host) === undefined)
    ) {
      passed.push(host);
    }
  }
  const sums = passed.map(() => 0);
  for (const { scale, multiplier } of weights) {
    const values = passed.map((host) =>
      'kind' in scale ? scale.kind(host.kind) : scale.node(host),
    );
    const least = values.reduce((one, other) => Math.min(one, other), Infinity);
    const most = values.reduce((one, other) => Math.max(one, other), -Infinity);
    values.forEach((value, index) => {
      sums[index] += most > least ? (multiplier * (value - least)) / (most - least) : 0;
    });
  }
  let best = 0;
  sums.forEach((sum, index) => {
    if (sum > sums[best]) best = index;
  });
  return passed[best];
}
