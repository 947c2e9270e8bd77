import { Fault, nodeLabel } from '@metalcast/domain';

export interface NamedNode {
  readonly uuid: string;
  readonly name: string | null;
}

/** Services name a node by its uuid; operators know its name. */
const withName = (text: string, node: NamedNode): string =>
  text.replaceAll(node.uuid, () => nodeLabel(node));

/** A stored fault in the form for users. */
export function namedFault(stored: unknown, node: NamedNode): unknown {
  return typeof stored === 'object' &&
    stored !== null &&
    'message' in stored &&
    typeof stored.message === 'string'
    ? { ...stored, message: withName(stored.message, node) }
    : stored;
}

/** Runs `work`; its fault names the node by its name. */
export async function namingFaults<T>(node: NamedNode, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault)) {
      throw error;
    }
    const { code, details, evidence, cause } = error;
    const seen = evidence.length === 0 ? '' : ` Seen: ${evidence.join('; ')}.`;
    const message = withName(`${error.message}${seen}`, node);
    throw new Fault(code, details, { cause, evidence, message });
  }
}
