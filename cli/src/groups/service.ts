import type { Command } from 'commander';
import type { AttachAction } from '../action.js';

export function addServiceCommands(program: Command, attach: AttachAction): void {
  const service = program.command('service').description("Metalcast's processes");
  attach(
    service.command('list').description('list the processes with their state and last heartbeat'),
    async () => (await import('../commands/service/list.js')).serviceList,
  );
}
