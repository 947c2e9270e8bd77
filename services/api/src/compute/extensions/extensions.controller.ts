import { Controller, Get, Param } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import { Policy } from '../../http/access/policy.decorator.js';
import { extensions, type Extension } from './extensions.js';

/** Everything belongs to the API itself; clients ask by the names of Nova's former extensions what there is. */
@Controller('compute/v2.1/extensions')
@Policy('os_compute_api:extensions')
export class ExtensionsController {
  @Get()
  list(): object {
    return { extensions: extensions.map(view) };
  }

  @Get(':alias')
  show(@Param('alias') alias: string): object {
    const extension = extensions.find((each) => each.alias === alias);
    if (extension === undefined) {
      throw new Fault('NOT_FOUND', { what: 'Extension', id: alias });
    }
    return { extension: view(extension) };
  }
}

const view = (extension: Extension): object => ({
  ...extension,
  links: [],
  namespace: 'http://docs.openstack.org/compute/ext/fake_xml',
  updated: '2014-12-03T00:00:00Z',
});
