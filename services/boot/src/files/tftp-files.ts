import type { BootFiles } from './boot-files.js';
import { loaderFile } from './loaders.js';
import { requestedBy } from './request-path.js';
import { bufferContent, fileContent } from '../tftp/content.js';
import type { Lookup } from '../tftp/tftp-server.js';

/** Everything that is served over TFTP: boot loaders, and the files that HTTP serves. */
export function tftpFiles(files: BootFiles): Lookup {
  return async (filename, peer) => {
    const loader = loaderFile(filename.replace(/^\/+/, ''));
    if (loader !== undefined) {
      return fileContent(loader);
    }
    const requested = requestedBy(filename);
    const served = requested === undefined ? undefined : await files.serve(requested, peer);
    switch (served?.kind) {
      case 'text':
        return bufferContent(Buffer.from(served.text), served.proven);
      case 'bytes':
        return bufferContent(served.bytes, served.proven);
      case 'file':
        return fileContent(served.path, served.proven);
      case undefined:
        return undefined;
    }
  };
}
