import { join } from 'node:path';
import { boot } from '@metalcast/contracts';
import { imageAccessOf, openImages } from '@metalcast/image-client';
import { Deriver } from '@metalcast/keys';
import { openMicroservice, type Microservice } from '@metalcast/service';
import type { FastifyInstance } from 'fastify';
import { BootDecisions } from '../decisions/boot-decisions.js';
import { BootFiles } from '../files/boot-files.js';
import type { BootContext } from '../config.js';
import { Dhcp } from '../dhcp/dhcp.js';
import type { DhcpRequestNews } from '../dhcp/dhcp-log.js';
import { ipv6Prefix } from '../dhcp/ipv6-prefix.js';
import { bootHttpServer, loadersPath } from '../http/http-server.js';
import { DeployImages } from '../images/deploy-images.js';
import { KnownBoots } from '../decisions/known-boots.js';
import { LateMilestones } from '../milestones/late-milestones.js';
import { Milestones } from '../milestones/milestones.js';
import { nodeFacingUrl, tellWhere } from '../http/node-facing.js';
import { addPhoneHome } from '../phone-home/phone-home-route.js';
import { PhoneHome } from '../phone-home/phone-home.js';
import { Preparation } from '../preparation.js';
import { PreparationModule } from '../preparation.module.js';
import { SignsOfLife } from '../milestones/signs-of-life.js';
import { tftpFiles } from '../files/tftp-files.js';
import { TftpServer } from '../tftp/tftp-server.js';
import { BootTokens } from '../files/boot-tokens.js';

const mib = 1024 * 1024;

/** Everything that the active boot service of a provisioning network serves. */
export class BootServer {
  private readonly dhcp: Dhcp;
  private readonly http: FastifyInstance;
  private readonly images: DeployImages;
  private readonly late: LateMilestones;
  private readonly phoneHome: PhoneHome;
  private readonly tftp: TftpServer;
  private readonly preparation: Preparation;
  private rpc: Microservice | undefined;
  private listening = false;

  constructor(private readonly context: BootContext) {
    const { config, database, logger, keys } = context;
    const site = { address: config.provisioningAddress, networkId: config.provisioningNetwork };
    const store = { database, site, known: new KnownBoots() };
    this.images = new DeployImages({
      images: openImages(imageAccessOf(config)),
      directory: join(config.stateDirectory, 'images'),
      maxBytes: config.cacheMb * mib,
      logger,
      defaults: { kernel: config.deployKernel, ramdisk: config.deployRamdisk },
    });
    const { images } = this;
    const signs = new SignsOfLife({ ...store, logger });
    const late = new LateMilestones({
      ...store,
      logger,
      onSystem: (boot, isOf) => signs.askedForAddress(boot, isOf),
    });
    this.late = late;
    const httpBase = `${nodeFacingUrl(config)}/`;
    const { deployTries } = config;
    const files = new BootFiles({
      decisions: new BootDecisions({ ...store, logger, images, milestones: late, deployTries }),
      tokens: new BootTokens({ ...store, logger }),
      milestones: late,
      images,
      logger,
      httpBase,
      pxelinuxOverHttp: config.biosLoader === 'lpxelinux.0',
      append: config.deployAppend,
    });
    this.http = bootHttpServer(files);
    this.phoneHome = new PhoneHome({ ...store, agent: new Deriver(keys.agent), signs });
    this.tftp = new TftpServer({
      address: config.provisioningAddress,
      port: config.tftpPort,
      lookup: tftpFiles(files),
      logger,
    });
    const milestones = new Milestones({ known: store.known, late, signs });
    this.dhcp = new Dhcp({
      database,
      logger,
      site,
      stateDirectory: config.stateDirectory,
      settings: dhcpSettings(context, httpBase),
      onRequest: (news) => {
        this.asked(milestones, news);
      },
    });
    this.preparation = new Preparation({ ...store, logger, dhcp: this.dhcp, images });
  }

  get up(): boolean {
    return this.listening && this.dhcp.up;
  }

  /** After it resolves nodes get answers, with or without the broker. Rejects with EADDRINUSE. */
  async start(signal: AbortSignal): Promise<void> {
    const { config, logger } = this.context;
    this.images.shrink().catch((error: unknown) => {
      logger.warn({ err: error }, 'the image cache could not be shrunk to its bound');
    });
    await addPhoneHome(this.http, this.phoneHome, logger);
    signal.throwIfAborted();
    await this.http.listen({ host: config.provisioningAddress, port: config.httpPort });
    signal.throwIfAborted();
    await this.tftp.listen();
    signal.throwIfAborted();
    await this.dhcp.start();
    signal.throwIfAborted();
    const prepares = PreparationModule.by(this.preparation);
    this.rpc = await openMicroservice(this.context, prepares, { topics: [boot] });
    signal.throwIfAborted();
    this.listen(this.rpc);
    tellWhere(this.context, true);
  }

  /** Nodes get no more answers at once, because another host may serve them from now on. */
  async stop(): Promise<void> {
    tellWhere(this.context, false);
    this.listening = false;
    this.tftp.close();
    await Promise.all([this.dhcp.stop(), this.http.close(), this.rpc?.close()]);
    await this.late.close();
  }

  private listen(rpc: Microservice): void {
    rpc.listen().then(
      () => {
        this.listening = true;
      },
      (error: unknown) => {
        this.context.logger.warn({ err: error }, 'the topic boot is not served');
      },
    );
  }

  private asked(milestones: Milestones, news: DhcpRequestNews): void {
    milestones.dhcp(news).catch((error: unknown) => {
      this.context.logger.error({ news, err: error }, 'a milestone was not recorded');
    });
  }
}

function dhcpSettings(
  { config }: BootContext,
  httpBase: string,
): ConstructorParameters<typeof Dhcp>[0]['settings'] {
  return {
    interface: config.provisioningInterface,
    address: config.provisioningAddress,
    scriptUrl: `${httpBase}boot/\${netX/mac:hexhyp}`,
    biosLoader: config.biosLoader,
    uefiLoader: config.uefiLoader,
    uefiHttpLoader: `${httpBase}${loadersPath}${config.uefiLoader}`,
    leaseSeconds: config.leaseSeconds,
    ipv6Prefix: ipv6Prefix(config.provisioningInterface),
  };
}
