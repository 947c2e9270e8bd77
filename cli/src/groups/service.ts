import type { Command } from 'commander';
import type { Acts } from '../action.js';

export function addServiceCommands(program: Command, acts: Acts): void {
  const service = program.command('service').description("Metalcast's processes");
  acts(
    service.command('list').description('list them, and whether they were heard of lately'),
    async () => (await import('../commands/service/list.js')).serviceList,
  );
}
