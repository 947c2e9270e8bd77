import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { Handlers, Topic } from '@metalcast/contracts';

/** Nest's name for a handler. */
export const pattern = (topic: string, method: string): string => `${topic}.${method}`;

/**
 * Makes a class the server of a topic: each contract method maps to the class method of the same name. Missing or wrong
 * ones are compile errors. The same as `@Controller()`, and at each method `@MessagePattern('topic.method')` with
 * `@Payload()` and `@Ctx()`.
 */
export function RpcController<const T extends Topic>(topic: T) {
  return (target: new (...args: never[]) => Handlers<T>): void => {
    Controller()(target);
    const prototype = target.prototype as object;
    for (const method of Object.keys(topic.methods)) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, method);
      if (descriptor === undefined) continue;
      MessagePattern(pattern(topic.topic, method))(prototype, method, descriptor);
      // Without decorators Nest passes only the payload.
      Payload()(prototype, method, 0);
      Ctx()(prototype, method, 1);
    }
  };
}
