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

/** The answer, with `limit` judgements. */
async function ask(
  session: Session,
  wish: object,
  page: { offset: number; limit: number },
): Promise<Explanation> {
  const body = { explain: { ...wish, ...page } };
  return answer.parse(
    await session.request({ api: 'metalcast', method: 'POST', path: '/explain', body }),
  ).explanation;
}

/** Where a server would go and why nowhere else, without the nodes one by one. */
export const explainShortly = (session: Session, wish: object): Promise<Explanation> =>
  ask(session, wish, { offset: 0, limit: 0 });

/** With the judgement of every node: page by page, of which the first tells the text. */
export async function explainWhole(session: Session, wish: object): Promise<Explanation> {
  const first = await ask(session, wish, { offset: 0, limit: pageSize });
  const judgements = [...first.judgements];
  let { next } = first;
  while (next !== null) {
    const page = await ask(session, wish, { offset: next, limit: pageSize });
    judgements.push(...page.judgements);
    // A page that does not lead on would be asked for again and again.
    next = page.next !== null && page.next > next ? page.next : null;
  }
  return { ...first, judgements, next: null };
}
