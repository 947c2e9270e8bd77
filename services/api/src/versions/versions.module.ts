import { Module } from '@nestjs/common';
import { VersionsController } from './versions.controller.js';

/** The version documents of all APIs. */
@Module({ controllers: [VersionsController] })
export class VersionsModule {}
