import type { Command } from 'commander';
import type { AttachAction } from '../action.js';

export function addExplainCommand(program: Command, attach: AttachAction): void {
  const explain = program
    .command('explain')
    .description(
      'explain how a server would be placed and why nodes are rejected (administrators only)',
    )
    .option('--flavor <flavor>', 'id or name of the flavor')
    .option('--image <image>', 'id or name of the image')
    .option('--project <id>', 'id of the project; default: yours')
    .option('--zone <zone>', 'zone, zone:host, zone:host:node or zone::node')
    .option('--hint <key=value...>', 'scheduler hints')
    .option('--server <uuid>', 'use the request of this server instead of --flavor')
    .option('--nodes', 'list the judgement of every node, fitting nodes first');
  attach(explain, async () => (await import('../commands/explain.js')).explain);
}
