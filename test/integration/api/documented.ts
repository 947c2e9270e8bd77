import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Answer } from './api-process.js';
import { request } from './api-process.js';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Response>>;
}

interface Response {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, object>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Found {
  readonly name: string;
  readonly operation: Operation;
  /** JSON pointer of the operation in its document. */
  readonly pointer: string;
}

/** The documents of a running api: what it answers is held against them. */
export class Documented {
  /** Operations that have answered, and by which statuses: `compute ServersShow 200`. */
  readonly seen = new Set<string>();
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false });
  private readonly found: readonly (Found & { readonly matches: (path: string) => boolean })[];

  private constructor(private readonly documents: ReadonlyMap<string, Document>) {
    for (const [name, document] of documents) {
      this.ajv.addSchema(document, name);
    }
    this.found = [...documents].flatMap(([name, { paths }]) =>
      Object.entries(paths)
        .sort(byParameters)
        .flatMap(([path, methods]) =>
          Object.entries(methods).map(([method, operation]) => ({
            ...{ name, operation },
            pointer: `#/paths/${escaped(path)}/${method}`,
            matches: matcher(method, path),
          })),
        ),
    );
  }

  static async of(url: string): Promise<Documented> {
    const { body } = await request(`${url}/openapi.json`, 'GET');
    const { documents } = body as unknown as { documents: { name: string }[] };
    const texts = await Promise.all(
      documents.map(async ({ name }): Promise<[string, Document]> => {
        const answer = await request(`${url}/${name}/openapi.json`, 'GET');
        return [name, answer.body as unknown as Document];
      }),
    );
    return new Documented(new Map(texts));
  }

  /** All operations, as `compute ServersShow`, each with the statuses by which it does not refuse. */
  get operations(): readonly { readonly id: string; readonly statuses: readonly string[] }[] {
    return this.found.map(({ name, operation }) => ({
      id: `${name} ${operation.operationId}`,
      statuses: Object.keys(operation.responses).filter((status) => Number(status) < 400),
    }));
  }

  /** Why the answer is not one of those that the document names; undefined when it is. */
  mismatch(method: string, path: string, { status, headers, body }: Answer): string | undefined {
    const [bare = ''] = path.split('?');
    const found = this.found.find(({ matches }) => matches(`${method} ${bare}`));
    if (found === undefined) {
      return 'no operation';
    }
    const { name, operation, pointer } = found;
    this.seen.add(`${name} ${operation.operationId} ${String(status)}`);
    const response = operation.responses[status];
    if (response === undefined) {
      return `${operation.operationId} does not answer ${String(status)}`;
    }
    const at = response.$ref ?? `${pointer}/responses/${String(status)}`;
    const { content = {} } = this.resolved(name, response);
    const [type = ''] = (headers.get('content-type') ?? '').split(';');
    if (Object.keys(body).length === 0 && !Object.hasOwn(content, type)) {
      return undefined;
    }
    if (!Object.hasOwn(content, type)) {
      return `${operation.operationId} ${String(status)} has a body of type ${type}`;
    }
    const isValid = this.ajv.compile({ $ref: `${name}${at}/content/${escaped(type)}/schema` });
    return isValid(body)
      ? undefined
      : `${operation.operationId}: ${this.ajv.errorsText(isValid.errors)}`;
  }

  private resolved(name: string, response: Response): Response {
    const [, shared] = /^#\/components\/responses\/(.*)$/.exec(response.$ref ?? '') ?? [];
    const { components } = this.documents.get(name) as unknown as {
      components: { responses: Record<string, Response> };
    };
    return shared === undefined ? response : components.responses[shared]!;
  }
}

const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

/** Of two templates that match, the one with fewer parameters is meant. */
const byParameters = ([one]: [string, unknown], [other]: [string, unknown]): number =>
  one.split('{').length - other.split('{').length;

function matcher(method: string, path: string): (text: string) => boolean {
  const pattern = path
    .replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\{[^}]+\}/g, '[^/]+');
  const whole = new RegExp(`^${method.toUpperCase()} ${pattern}/?$`);
  return (text) => whole.test(text);
}
