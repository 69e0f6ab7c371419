# The container image. docs/how-to/image.md says how to build and run it; release/lock writes its locks.
ARG BASE=docker.io/library/python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

FROM ${BASE} AS build
LABEL dev.krm-secrets.stage="build"
ENV PIP_CONFIG_FILE=/run/secrets/pip.conf PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python3 -m venv /tools && python3 -m venv --without-pip /opt/krm-secrets
WORKDIR /source
COPY release/requirements.lock release/tools.lock release/
# The index may be one of your own: --secret id=pip.conf,src=pip.conf, and ca.crt for the certificate that it names.
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=ca.crt \
    /tools/bin/pip install --quiet --require-hashes --only-binary :all: -r release/tools.lock \
 && /tools/bin/pip --python /opt/krm-secrets/bin/python install --quiet --require-hashes --only-binary :all: \
    -r release/requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY krm_secrets krm_secrets
RUN /tools/bin/pip wheel --quiet --no-index --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /tools/bin/pip --python /opt/krm-secrets/bin/python install --quiet --no-index --no-deps /wheel/*.whl \
 && /tools/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-reproducible \
    --spec-version 1.6 --output-file /opt/krm-secrets/sbom.cdx.json /opt/krm-secrets/bin/python
# Hosts start the program for every build, so that it must start as fast as Python itself: without the environment's
# own start-up (-S) and settings from outside (-I), and with byte code that is never compared with its source.
RUN site=$(/opt/krm-secrets/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
 && printf '#!%s -IS\nimport sys\n\nsys.path.append("%s")\nfrom krm_secrets.__main__ import console\n\nconsole()\n' \
    "$(command -v python3)" "$site" >/opt/krm-secrets/bin/krm-secrets \
 && python3 -m compileall -qf --invalidation-mode unchecked-hash "$site"

FROM ${BASE}
# Python's official images come without the byte code of the standard library, and nobody may write it later.
RUN python3 -m compileall -qf --invalidation-mode unchecked-hash \
    -x '/(test|tests|idlelib|lib2to3|tkinter|turtledemo|site-packages|dist-packages)/' \
    "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
COPY --from=build /opt/krm-secrets /opt/krm-secrets
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="krm-secrets" \
      org.opencontainers.image.description="A KRM function for SOPS, ExternalSecrets and restarts" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# By this the program knows what to say when it finds no key.
ENV KRM_SECRETS_IMAGE="${VERSION}"
# Where the files of a generator are mounted.
WORKDIR /work
USER 65534
ENTRYPOINT ["/opt/krm-secrets/bin/krm-secrets"]
