import { Module } from '@nestjs/common';
import { Opener } from '@metalcast/keys';
import { SERVICE } from '@metalcast/service';
import { BmcHealth } from './bmc-health.js';
import type { PowerContext } from './config.js';

/** What commands and readings share: the BMCs' passwords, and which BMCs answer. */
@Module({
  providers: [
    BmcHealth,
    {
      provide: Opener,
      inject: [SERVICE],
      useFactory: ({ keys }: PowerContext) => new Opener(keys.bmcPrivate),
    },
  ],
  exports: [BmcHealth, Opener],
})
export class BmcModule {}
