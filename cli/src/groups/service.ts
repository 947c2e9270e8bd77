import type { Command } from 'commander';
import { acts } from '../action.js';
import type { Reporter } from '../result.js';

export function addServiceCommands(program: Command, report: Reporter): void {
  const service = program.command('service').description("Metalcast's processes");
  acts(
    service.command('list').description('list them, and whether they were heard of lately'),
    report,
    async () => (await import('../commands/service/list.js')).serviceList,
  );
}
