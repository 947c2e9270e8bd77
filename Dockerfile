# One image for all six services; the command says which. Built from a checkout: docker compose build
# .dockerignore says what a build sees: the sources, and nothing else that lies in the checkout.
FROM node:22-bookworm-slim AS manifests
WORKDIR /sources
COPY . .
RUN mkdir /manifests && cp package-lock.json /manifests/ \
    && find . -name package.json -exec cp --parents -t /manifests {} +

# Installs anew only when a manifest has changed, not with every edit.
FROM node:22-bookworm-slim AS build
WORKDIR /metalcast
COPY --from=manifests /manifests ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run generate && npx tsc -b cli && npm run bundle && rm -rf libs/*/src

# What the command needs beside its own files. The services need nothing: each is one file.
FROM node:22-bookworm-slim AS packages
WORKDIR /metalcast
COPY --from=manifests /manifests ./
RUN npm ci --ignore-scripts --no-audit --no-fund --omit=dev --workspace=cli

FROM node:22-bookworm-slim
# power: ipmitool. boot: dnsmasq, loaders, setpriv. deploy-helper and api: qemu-img.
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ipmitool dnsmasq-base ipxe pxelinux syslinux-common util-linux \
      qemu-utils qemu-block-extra ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /metalcast
COPY --from=packages /metalcast/node_modules ./node_modules
COPY --from=build /metalcast/libs ./libs
COPY --from=build /metalcast/cli ./cli
COPY --from=build /metalcast/prisma/migrations ./prisma/migrations
COPY --from=build /metalcast/services ./services
ENV NODE_ENV=production METALCAST_HEALTH_ADDRESS=0.0.0.0 METALCAST_HEALTH_PORT=8790
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8790/readyz').then((r)=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node"]
