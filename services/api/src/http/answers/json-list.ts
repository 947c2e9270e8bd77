import { Readable } from 'node:stream';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { StreamableFile } from '@nestjs/common';

/** So many items are made and written without a pause: some milliseconds. */
export const sliceSize = 50;

/**
 * Streams `{"<name>": […], …rest}` page by page. The first page is read before the answer starts, so that an early
 * failure has an answer of its own. A later failure ends the connection, and no client takes the list for complete.
 */
export async function jsonList(
  name: string,
  pages: AsyncIterator<readonly object[]>,
  rest: object = {},
): Promise<StreamableFile> {
  const first = await pages.next();
  const text = textOf({ name, rest }, first, pages);
  return new StreamableFile(Readable.from(text, { objectMode: false }), {
    type: 'application/json; charset=utf-8',
  });
}

async function* textOf(
  { name, rest }: { readonly name: string; readonly rest: object },
  first: IteratorResult<readonly object[]>,
  pages: AsyncIterator<readonly object[]>,
): AsyncGenerator<string> {
  try {
    yield `{${JSON.stringify(name)}:[`;
    let separator = '';
    for (let page = first; page.done !== true; page = await pages.next()) {
      yield separator + page.value.map((item) => JSON.stringify(item)).join(',');
      separator = ',';
    }
    yield Object.keys(rest).length === 0 ? ']}' : `],${JSON.stringify(rest).slice(1)}`;
  } finally {
    await pages.return?.();
  }
}

/** The views of each page's rows, in slices: other requests are served in between. */
export async function* mapPages<T>(
  pages: AsyncIterable<readonly T[]>,
  view: (item: T) => object,
): AsyncGenerator<object[]> {
  for await (const page of pages) {
    yield* inSlices(page, view);
  }
}

/** The views of the rows, in slices: other requests are served in between. */
export async function* inSlices<T>(
  rows: readonly T[],
  view: (row: T) => object,
): AsyncGenerator<object[]> {
  for (let from = 0; from < rows.length; from += sliceSize) {
    yield rows.slice(from, from + sliceSize).map(view);
    await othersTurn();
  }
}
