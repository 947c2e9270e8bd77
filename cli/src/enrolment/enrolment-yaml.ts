import { isMap, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { mistakeIn, type Entry } from './enrolment-entry.js';

/** A list of machines with the fields of the API, or such a list under `nodes`. */
export function entriesOfYaml(text: string, file: string): Entry[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    const [message = ''] = error.message.split(/ at line /);
    throw mistakeIn(file, `line ${error.linePos?.[0].line ?? 1}`, `${message}.`);
  }
  return listIn(document, file).map((item, index) => {
    const line = lines.linePos(rangeOf(item)).line;
    const where = `line ${line} (entry ${index + 1})`;
    if (!isMap(item)) {
      throw mistakeIn(file, where, 'a machine must be a mapping of keys to values.');
    }
    return { where, node: item.toJS(document) as Entry['node'] };
  });
}

function listIn({ contents }: Document, file: string): readonly unknown[] {
  const list = isMap(contents) ? contents.get('nodes') : contents;
  if (!isSeq(list)) {
    throw mistakeIn(
      file,
      'line 1',
      'the file must be a list of machines, or have one under "nodes".',
    );
  }
  return list.items;
}

const rangeOf = (item: unknown): number =>
  (item as { readonly range?: readonly number[] | null } | null)?.range?.[0] ?? 0;
