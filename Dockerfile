# A host of Stator: `actors/index.ts` by the built command line. See docker-compose.yml.
FROM node:20.20.2-bookworm-slim
WORKDIR /app
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
# Builds as well (prepare). Optional dependencies stay: the compilers' platform binaries are among them.
RUN npm ci
COPY machines machines
COPY actors actors
USER node
# Most of what a turn allocates lives as long as a commit: with the default of 16 MB it is promoted before it dies.
ENV NODE_OPTIONS=--max-semi-space-size=32
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["host"]
