import type { DynamicModule, Type } from '@nestjs/common';
import { ApiModule } from '../../api.module.js';
import type { ApiContext } from '../../config.js';

/** All controllers of the service, as Nest is given them. */
export const controllersOf = (): Type[] =>
  controllersIn(ApiModule.register({ config: {} } as ApiContext));

function controllersIn(module: Type | DynamicModule): Type[] {
  const dynamic = typeof module === 'function' ? undefined : module;
  const own = typeof module === 'function' ? module : module.module;
  const kept = (key: string): Type[] => (Reflect.getMetadata(key, own) ?? []) as Type[];
  const imports = [...kept('imports'), ...(dynamic?.imports ?? [])] as (Type | DynamicModule)[];
  return [
    ...kept('controllers'),
    ...(dynamic?.controllers ?? []),
    ...imports.flatMap(controllersIn),
  ];
}
