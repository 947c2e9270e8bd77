import type { Image } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { baseFields, readOnlyFields, type ImagePatch } from './image.schema.js';

type Document = Record<string, unknown>;
type Operation = ImagePatch[number];

/** The part of an image that its owner may change, in the API's form. */
export function documentOf(image: Image): Document {
  return {
    ...(image.properties as Record<string, string>),
    name: image.name,
    disk_format: image.diskFormat,
    container_format: image.containerFormat,
    visibility: image.visibility,
    protected: image.protected,
    min_disk: image.minDisk,
    min_ram: image.minRam,
    tags: image.tags,
    os_hidden: false,
  };
}

/** The document after all operations. Faults: FORBIDDEN for read-only fields, CONFLICT for a missing field. */
export function patched(document: Document, patch: ImagePatch): Document {
  return patch.reduce(applied, document);
}

function applied(document: Document, operation: Operation): Document {
  const [field = '', ...rest] = segmentsOf(operation.path);
  refuseReadOnly(field);
  const [index, ...deeper] = rest;
  if (index !== undefined && (field !== 'tags' || deeper.length > 0)) {
    throw new Fault('BAD_REQUEST', {
      reason: `Invalid JSON pointer for this resource: '${operation.path}'`,
    });
  }
  if (index !== undefined) {
    return { ...document, tags: changedList(document['tags'], index, operation) };
  }
  if (operation.op !== 'add' && !Object.hasOwn(document, field)) {
    throw new Fault('CONFLICT', { reason: `Property ${field} does not exist.` });
  }
  if (operation.op !== 'remove') {
    return { ...document, [field]: operation.value };
  }
  if (baseFields.includes(field)) {
    throw forbidden(`Property '${field}' may not be removed.`);
  }
  return Object.fromEntries(Object.entries(document).filter(([key]) => key !== field));
}

/** An array index of RFC 6901. */
const wholeNumber = /^(?:0|[1-9]\d*)$/;

/** An earlier operation may have replaced the tags by a value that is not a list. */
function changedList(list: unknown, index: string, operation: Operation): unknown[] {
  const isIndex = Array.isArray(list) && (index === '-' || wholeNumber.test(index));
  const at = isIndex && index === '-' ? list.length : Number(index);
  if (!isIndex || (at >= list.length && operation.op !== 'add')) {
    throw new Fault('CONFLICT', { reason: `Tag ${index} does not exist.` });
  }
  switch (operation.op) {
    case 'add':
      return list.toSpliced(at, 0, operation.value);
    case 'replace':
      return list.toSpliced(at, 1, operation.value);
    case 'remove':
      return list.toSpliced(at, 1);
  }
}

function refuseReadOnly(field: string): void {
  if (field === 'id' || field === 'owner' || readOnlyFields.includes(field)) {
    throw forbidden(`Attribute '${field}' is read-only.`);
  }
}

export const forbidden = (message: string): Fault => new Fault('FORBIDDEN', {}, { message });

const segmentsOf = (pointer: string): string[] =>
  pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
