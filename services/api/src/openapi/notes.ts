import type { Type } from '@nestjs/common';
import type { FaultCode } from '@metalcast/domain';
import type { z } from 'zod';

/** What is to be said of a route that its controller's decorators do not say. */
export interface RouteNotes {
  /** One sentence. */
  readonly summary: string;
  /** The JSON that it answers; without it the answer has no body. */
  readonly answer?: z.ZodType;
  /** Whatever is asked, it refuses. */
  readonly onlyRefuses?: true;
  /** Other statuses of answers that are no refusals. */
  readonly alsoAnswers?: Readonly<Record<number, string>>;
  /** Refusals that not every route has. */
  readonly faults?: readonly FaultCode[];
  /** Media type of the body, where it is not JSON, or of one of its dialects. */
  readonly takes?: string;
  /** Media type of the answer, where it is not JSON. */
  readonly gives?: string;
  /** Headers of the answer, by name: what they say. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
}

export interface ControllerNotes {
  readonly controller: Type;
  readonly notes: Readonly<Record<string, RouteNotes | undefined>>;
}

type Methods<C extends Type> = Extract<keyof InstanceType<C>, string>;

/** Notes on all public methods of a controller; one that is left out does not compile. */
export const describe = <C extends Type>(
  controller: C,
  notes: Readonly<Record<Methods<C>, RouteNotes>>,
): ControllerNotes => ({ controller, notes });
