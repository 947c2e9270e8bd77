// The full walk: every node with the first filter that rejects it and why.
import { defaultFilters } from '../../../services/scheduler/build/filters/index.js';
import { explanationOf } from '../../../services/scheduler/build/explain/answer.js';
import { makeRows } from './nodes.mjs';
import { flavorOf, makeRequests } from './requests.mjs';
import { makeFleet, makeSelector } from './selection.mjs';

const page = { offset: 0, limit: 100 };

/** ms of each of a few: one that some nodes fit, one that asks more than any node has. */
export function measureExplain(count) {
  const rows = makeRows(count);
  const fleet = makeFleet(rows);
  const selector = makeSelector(fleet, { filters: defaultFilters, weighers: {} });
  const [plain] = makeRequests(rows);
  const greedy = { ...plain, flavor: { ...flavorOf(7), memory_mb: 4_000_000 } };
  return [plain, plain, plain, greedy].map((request) => {
    const cpu = process.cpuUsage();
    const begun = performance.now();
    const { fit, refusals } = explanationOf(fleet, selector.prepare(request), page);
    const ms = performance.now() - begun;
    return { ms, cpuMs: process.cpuUsage(cpu).user / 1000, fit, reasons: refusals.length };
  });
}
