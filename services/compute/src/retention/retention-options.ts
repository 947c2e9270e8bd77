import { number, option } from '@metalcast/config';

/** A century: a longer time would leave the range of dates. */
const mostDays = 36_500;

const days = (what: string, usual: number) =>
  option(
    number()
      .refine((value) => value >= 0 && value <= mostDays, `must be from 0 to ${mostDays}`)
      .default(usual)
      .describe(`How long ${what}, days; 0: for ever (docs/retention.md)`),
  );

/** How long finished things are kept. */
export const retentionOptions = {
  keepEventsDays: days('events are kept', 30),
  keepOperationsDays: days(
    'operations that have ended, power commands, boots and deployments are kept',
    30,
  ),
  keepServersDays: days('deleted servers are kept', 90),
  keepNodesDays: days('deleted nodes are kept', 90),
  keepServicesDays: days('services that give no sign are kept', 7),
  retentionMinutes: option(
    number()
      .refine((value) => value > 0 && value <= 1440, 'must be above 0, and at most 1440')
      .default(60)
      .describe('How often expired rows are removed, by one of all compute processes, minutes'),
  ),
};
