import { Readable } from 'node:stream';
import type { PipeTransform } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import type { z } from 'zod';
import { plainMessage } from './plain-messages.js';

/** Parses a part of a request. BAD_REQUEST names the path of each mistake. */
export class ZodPipe<S extends z.ZodType> implements PipeTransform<unknown, z.output<S>> {
  constructor(readonly schema: S) {}

  transform(value: unknown): z.output<S> {
    if (value instanceof Readable) {
      throw new Fault('UNSUPPORTED_MEDIA', {
        reason: 'The content type must be application/json.',
      });
    }
    // An absent body is an empty one; `null` is a value.
    return parseWith(this.schema, value === undefined ? {} : value);
  }
}

/**
 * The parsed value, or BAD_REQUEST with the mistakes. Zod drops a member named `__proto__` under every schema, so it is
 * refused here: a filter or a property of that name would be ignored silently.
 */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
    throw new Fault('BAD_REQUEST', { reason: 'Nothing can be named __proto__.' });
  }
  const parsed = schema.safeParse(value, { error: plainMessage });
  if (!parsed.success) {
    throw new Fault('BAD_REQUEST', { reason: reasonOf(parsed.error) });
  }
  return parsed.data;
}

/** The data of a parameter decorator that reads the query with its own schema. */
export interface ReadsQuery<S extends z.ZodType = z.ZodType> {
  readonly query: S;
}

/** `@Body(zod(schema)) body: z.output<typeof schema>`; also for `@Query` and `@Param`. */
export const zod = <S extends z.ZodType>(schema: S): ZodPipe<S> => new ZodPipe(schema);

type Issue = z.core.$ZodIssue;

/** At most so many mistakes are reported: the answer to a body full of mistakes must not be larger than the body. */
const mostIssues = 10;
const longestIssue = 1000;

function reasonOf({ issues }: z.ZodError): string {
  const reported = issues.slice(0, mostIssues).map((issue) => {
    const { path } = issue;
    const where = path.length === 0 ? 'the request' : `field/attribute ${path.join('.')}`;
    return `Invalid input for ${where}: ${messageOf(issue)}`.slice(0, longestIssue);
  });
  const more = issues.length - reported.length;
  return [...reported, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** Zod's message of a union without a message of its own. */
const unionDefault = 'Invalid input';
const noForm = 'has none of the forms that are taken';

/** The message of an issue; of a bad key its own issues, of a union without a message those of each alternative. */
function messageOf(issue: Issue): string {
  if (issue.code === 'invalid_key') {
    return issue.issues.map(messageOf).join(', ');
  }
  if (issue.code === 'invalid_union' && issue.message === unionDefault) {
    const found = issue.errors.flatMap((issues) => issues.map(withPath));
    return found.length === 0 ? noForm : [...new Set(found)].join(', or ');
  }
  return issue.message;
}

const withPath = (issue: Issue): string =>
  [...(issue.path.length === 0 ? [] : [issue.path.join('.')]), messageOf(issue)].join(': ');
