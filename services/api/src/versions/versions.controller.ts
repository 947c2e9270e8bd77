import { Controller, Get, HttpCode, Inject } from '@nestjs/common';
import { Policy } from '../http/access/policy.decorator.js';
import { Links } from '../http/answers/links.js';
import {
  computeVersionDocument,
  identityVersion,
  imageVersions,
  metalcastVersion,
  networkVersion,
} from './versions.view.js';

/** The APIs and their versions, readable without a token. */
@Controller()
@Policy('metalcast:versions')
export class VersionsController {
  constructor(@Inject(Links) private readonly links: Links) {}

  @Get()
  root(): object {
    const apis = ['identity', 'image', 'network', 'compute', 'metalcast'];
    return { apis: apis.map((name) => ({ name, href: this.links.at(name) })) };
  }

  @Get('identity')
  @HttpCode(300)
  identity(): object {
    return { versions: { values: [identityVersion(this.links)] } };
  }

  @Get('identity/v3')
  identityV3(): object {
    return { version: identityVersion(this.links) };
  }

  @Get('image')
  @HttpCode(300)
  image(): object {
    return { versions: imageVersions(this.links) };
  }

  @Get('image/versions')
  imageVersions(): object {
    return { versions: imageVersions(this.links) };
  }

  @Get('network')
  network(): object {
    return { versions: [networkVersion(this.links)] };
  }

  @Get('network/v2.0')
  networkV2(): object {
    const resources = ['network', 'subnet', 'port'].map((name) => ({
      name,
      collection: `${name}s`,
      links: [{ rel: 'self', href: this.links.at('network', 'v2.0', `${name}s`) }],
    }));
    return { resources };
  }

  @Get('compute')
  compute(): object {
    return { versions: [computeVersionDocument(this.links)] };
  }

  @Get('compute/v2.1')
  computeV21(): object {
    return { version: computeVersionDocument(this.links) };
  }

  @Get('metalcast')
  metalcast(): object {
    return { versions: [metalcastVersion(this.links)] };
  }
}
