import type { Period, ProjectUsage, ServerUsage } from './usage.js';

/** Nova's times of usage have no zone: they are UTC. */
const usageTime = (time: Date): string => time.toISOString().replace('Z', '000');

export const projectUsageView = (usage: ProjectUsage, { start, end }: Period): object => ({
  tenant_id: usage.projectId,
  start: usageTime(start),
  stop: usageTime(end),
  total_hours: usage.hours,
  total_vcpus_usage: usage.vcpuHours,
  total_memory_mb_usage: usage.memoryMbHours,
  total_local_gb_usage: usage.localGbHours,
});

export const serverUsageView = (usage: ServerUsage): object => ({
  instance_id: usage.uuid,
  name: usage.name,
  tenant_id: usage.projectId,
  flavor: usage.flavor,
  vcpus: usage.vcpus,
  memory_mb: usage.memoryMb,
  local_gb: usage.localGb,
  state: usage.terminatedAt === null ? usage.vmState : 'terminated',
  started_at: usageTime(usage.launchedAt),
  ended_at: usage.terminatedAt === null ? null : usageTime(usage.terminatedAt),
  hours: usage.hours,
  uptime: usage.uptimeSeconds,
});
