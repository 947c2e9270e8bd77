import type { Command } from 'commander';
import type { Acts } from '../action.js';

export function addExplainCommand(program: Command, acts: Acts): void {
  const explain = program
    .command('explain')
    .description('tell where a server would go, and why nowhere else (needs an administrator)')
    .option('--flavor <flavor>', 'id or name of the flavor that is asked for')
    .option('--image <image>', 'id or name of the image')
    .option('--project <id>', 'project that asks; default: yours')
    .option('--zone <zone>', 'zone, zone:host, zone:host:node or zone::node')
    .option('--hint <key=value...>', 'scheduler hints')
    .option('--server <uuid>', 'ask again for this server, in place of a flavor')
    .option('--nodes', 'tell it of every node, those that fit first');
  acts(explain, async () => (await import('../commands/explain.js')).explain);
}
