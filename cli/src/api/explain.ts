import type { Session } from '@metalcast/cloud-client';
import { z } from 'zod';

const judgement = z.looseObject({
  uuid: z.string(),
  name: z.string().nullable(),
  fits: z.boolean(),
  filter: z.string().nullable(),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  rank: z.int().nullable(),
  weight: z.number().nullable(),
});
export type Judgement = z.output<typeof judgement>;

const explanation = z.looseObject({
  text: z.string(),
  judgements: z.array(judgement),
  next: z.int().nullable(),
});
export type Explanation = z.output<typeof explanation>;

const answer = z.object({ explanation });
const pageSize = 1000;

/** Requests one answer with at most `limit` judgements. */
async function ask(
  session: Session,
  request: object,
  page: { offset: number; limit: number },
): Promise<Explanation> {
  const body = { explain: { ...request, ...page } };
  return answer.parse(
    await session.request({ api: 'metalcast', method: 'POST', path: '/explain', body }),
  ).explanation;
}

/** The explanation without judgements of single nodes. */
export const explainSummary = (session: Session, request: object): Promise<Explanation> =>
  ask(session, request, { offset: 0, limit: 0 });

/** The explanation with the judgement of every node, read page by page. The text is the first page's. */
export async function explainAllNodes(session: Session, request: object): Promise<Explanation> {
  const first = await ask(session, request, { offset: 0, limit: pageSize });
  const judgements = [...first.judgements];
  let { next } = first;
  while (next !== null) {
    const page = await ask(session, request, { offset: next, limit: pageSize });
    judgements.push(...page.judgements);
    // A next page that does not advance would loop forever.
    next = page.next !== null && page.next > next ? page.next : null;
  }
  return { ...first, judgements, next: null };
}
