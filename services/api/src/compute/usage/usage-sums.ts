import type { ProjectUsage, ServerUsage } from './usage.js';

/** The sums of the servers' usage, by project. */
export function sumsOf(servers: readonly ServerUsage[]): ProjectUsage[] {
  const sums = new Map<string, ProjectUsage>();
  for (const { projectId, hours, vcpus, memoryMb, localGb } of servers) {
    const sum = sums.get(projectId) ?? nothing(projectId);
    sums.set(projectId, {
      projectId,
      hours: sum.hours + hours,
      vcpuHours: sum.vcpuHours + hours * vcpus,
      memoryMbHours: sum.memoryMbHours + hours * memoryMb,
      localGbHours: sum.localGbHours + hours * localGb,
    });
  }
  return [...sums.values()];
}

const nothing = (projectId: string): ProjectUsage => ({
  ...{ projectId, hours: 0, vcpuHours: 0, memoryMbHours: 0, localGbHours: 0 },
});
