// Every option of every service, from the tables in their code.
import { envName, fileName } from '@metalcast/config';
import { options as api } from '../services/api/src/config.ts';
import { options as boot } from '../services/boot/src/config.ts';
import { options as compute } from '../services/compute/src/config.ts';
import { options as deployHelper } from '../services/deploy-helper/src/config.ts';
import { options as power } from '../services/power/src/config.ts';
import { options as scheduler } from '../services/scheduler/src/config.ts';

const tables = { api, scheduler, compute, power, boot, 'deploy-helper': deployHelper };

/** By service: each option's names in the environment and in a file, and whether it must be given. */
export const optionsOf = Object.fromEntries(
  Object.entries(tables).map(([service, table]) => [
    service,
    Object.entries(table).map(([name, declared]) => ({
      variable: envName(name, declared),
      name: fileName(name),
      needed: !declared.schema.safeParse(undefined).success,
    })),
  ]),
);

const all = Object.values(optionsOf).flat();
export const optionNames = new Set(all.map(({ name }) => name));
/** With `_FILE` behind it, any of them names a file. */
export const optionVariables = new Set(
  all.flatMap(({ variable }) => [variable, `${variable}_FILE`]),
);
