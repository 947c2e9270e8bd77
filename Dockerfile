# One image for all six services; the command says which. Built from a checkout: docker compose build
FROM node:22-bookworm-slim AS build
WORKDIR /metalcast
COPY . .
RUN npm ci && npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
# power: ipmitool. boot: dnsmasq, loaders, setpriv. deploy-helper and api: qemu-img and the tools for disks.
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ipmitool dnsmasq-base ipxe pxelinux syslinux-common util-linux \
      qemu-utils qemu-block-extra fdisk mtools dosfstools ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /metalcast
COPY --from=build /metalcast ./
ENV NODE_ENV=production METALCAST_HEALTH_ADDRESS=0.0.0.0 METALCAST_HEALTH_PORT=8790
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8790/readyz').then((r)=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node"]
