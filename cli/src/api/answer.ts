import { CommandFailure } from '../failure.js';

/** The JSON of an answer; its text when it is no JSON, undefined when it is empty. */
export async function answerOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (text === '') {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

interface ErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** The failure that an error body tells: `{"<name>": {code, message}}` of every API. */
export function failureOf(status: number, content: unknown): CommandFailure {
  const [first] =
    typeof content === 'object' && content !== null
      ? (Object.values(content) as (ErrorBody | null)[])
      : [];
  const message =
    typeof first?.message === 'string' ? first.message : `The API answered HTTP ${String(status)}.`;
  const code = typeof first?.code === 'string' ? first.code : `HTTP_${String(status)}`;
  return new CommandFailure(message, { code });
}
