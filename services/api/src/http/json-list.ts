import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';

/**
 * `{"<name>": […]}` as an answer that is made page by page while it is sent. The first page is made before, so that what
 * fails at once is an answer of its own; what fails later ends the connection, which no client takes for a whole list.
 */
export async function jsonList(
  name: string,
  pages: AsyncIterator<readonly object[]>,
): Promise<StreamableFile> {
  const first = await pages.next();
  return new StreamableFile(Readable.from(textOf(name, first, pages), { objectMode: false }), {
    type: 'application/json; charset=utf-8',
  });
}

async function* textOf(
  name: string,
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
    yield ']}';
  } finally {
    await pages.return?.();
  }
}

/** The views of each page. */
export async function* mapPages<T>(
  pages: AsyncIterable<readonly T[]>,
  view: (item: T) => object,
): AsyncGenerator<object[]> {
  for await (const page of pages) {
    yield page.map(view);
  }
}
