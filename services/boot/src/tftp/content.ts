import { open, type FileHandle } from 'node:fs/promises';

/** The bytes of one transfer. */
export interface Content {
  readonly size: number;
  /**
   * To be called once it is known that the client receives the content; a request alone does not prove that. Nothing
   * more is sent before it settles. False: the client must ask again.
   */
  readonly proven?: (() => Promise<boolean>) | undefined;
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

export function bufferContent(buffer: Buffer, proven?: Content['proven']): Content {
  return {
    size: buffer.length,
    proven,
    read: (offset, length) => Promise.resolve(buffer.subarray(offset, offset + length)),
    close: () => Promise.resolve(),
  };
}

/** Undefined when there is no such file. Rejects when the file may exist, but cannot be opened now. */
export async function fileContent(
  path: string,
  proven?: Content['proven'],
): Promise<Content | undefined> {
  const file = await openIfThere(path);
  if (file === undefined) {
    return undefined;
  }
  let size: number;
  try {
    ({ size } = await file.stat());
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    size,
    proven,
    async read(offset, length) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return undefined;
    }
    throw error;
  }
}
