import { Injectable } from '@nestjs/common';
import { inspectImage, type InspectedImage } from '@metalcast/disk-image';
import { ConcurrencyLimit } from '@metalcast/work';

/** Each may take as much CPU and memory as qemu-img is given, whatever users upload. */
const atOnce = 2;

/** Looks into images, a few at once in this process: the others wait in line. */
@Injectable()
export class Inspections {
  private readonly limit = new ConcurrencyLimit(atOnce);

  /** Faults: those of `inspectImage`. */
  inspect(image: Parameters<typeof inspectImage>[0]): Promise<InspectedImage> {
    return this.limit.run(() => inspectImage(image));
  }
}
